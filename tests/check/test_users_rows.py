"""The mistakes of TensorFlow Serving's users, by their rows in the table: named, corrected as told, and served."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from check.cases import wrong_shape_record
from check.models import block, put, write_config
from cli.terminal import serving
from serving.rest_calls import RestCalls
from tfsctl.check import Report, apply_edits, check_arguments
from tfsctl.core import ManagerState
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.tf_record import encode_record

TFSCTL = f"{shlex.quote(sys.executable)} -m tfsctl"
DOCKER = "docker run -p 127.0.0.1:8501:8501"
Mistake = Callable[[Path, Path], str]


def check(what: str) -> Report:
    return check_arguments([what])


def correct(report: Report) -> str:
    """Do everything that the findings say, and return the arguments of the `tfsctl serve` they end with."""
    served = ""
    for finding in report.findings:
        apply_edits(finding.edits)
        for command in finding.commands:
            if command.startswith("tfsctl serve "):
                served = command.removeprefix("tfsctl serve ")
            else:
                subprocess.run(command.replace("tfsctl ", f"{TFSCTL} ", 1), shell=True, check=True, capture_output=True)
    return served


def answer(address: str, model: str, instance: object = 2.0) -> tuple[int, Any]:
    calls = RestCalls(address)
    try:
        return calls.predict(model, [instance])
    finally:
        calls.close()


def wait_for_all_versions(server: Server) -> None:
    """A server is ready with one version of each model; labels need theirs."""
    assert server.core._monitor.wait_for(
        lambda monitor: all(
            state.state is ManagerState.AVAILABLE for name in monitor.names() for state in monitor.states(name)
        ),
        timeout_seconds=30.0,
    )


def unnumbered(home: Path, zoo: Path) -> str:
    shutil.copytree(zoo / "half_plus_two_tf2/1", home / "m")
    return "m"


def named(version: str) -> Mistake:
    def make(home: Path, zoo: Path) -> str:
        put(zoo, home / "m", version=version)
        return "m"

    return make


def one_version(home: Path, zoo: Path) -> str:
    return str(put(zoo, home / "m").relative_to(home))


def graph_file(home: Path, zoo: Path) -> str:
    return str(put(zoo, home / "m") / "saved_model.pb")


def renamed_graph_file(home: Path, zoo: Path) -> str:
    version = put(zoo, home / "export")
    (version / "saved_model.pb").rename(version / "m.pb")
    return str(version / "m.pb")


def too_deep(home: Path, zoo: Path) -> str:
    put(zoo, home / "m/1", version="export")
    return "m"


def numbered_file(home: Path, zoo: Path) -> str:
    (put(zoo, home / "m").parent / "2").write_text("notes")
    return "m"


def wrong_shape_in_warmup(home: Path, zoo: Path) -> str:
    extra = put(zoo, home / "m", model="half_plus_two") / "assets.extra"
    extra.mkdir(exist_ok=True)
    broken = wrong_shape_record().replace(b"\x00\x00\x80\x3f", b"")  # The shape says more values than there are.
    (extra / "tf_serving_warmup_requests").write_bytes(encode_record(broken))
    return "m"


def op_of_another_library(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    put(zoo, home / "m", model="missing_op", version="2")
    return "m"


@pytest.mark.parametrize(
    ("row", "mistake", "kind_id"),
    [
        (10, unnumbered, "no-version-directory"),
        (10, named("v1"), "version-name-not-number"),
        (10, named("0.1"), "version-name-not-number"),
        (10, named("1.0"), "version-name-not-number"),
        (10, one_version, "path-is-version-directory"),
        (10, graph_file, "saved-model-file-given"),
        (10, renamed_graph_file, "model-file-given"),
        (10, too_deep, "saved-model-missing"),
        (10, numbered_file, "version-is-file"),
        (20, wrong_shape_in_warmup, "warmup-refused"),
        (36, op_of_another_library, "missing-op"),
    ],
)
def test_a_mistake_with_a_path_is_named_and_its_correction_serves(  # noqa: PLR0917 (the columns of the table)
    row: int, mistake: Mistake, kind_id: str, home: Path, zoo: Path
) -> None:
    report = check(mistake(home, zoo))
    assert not report.would_serve
    assert kind_id in {finding.kind.id for finding in report.findings}
    serve = correct(report) or "m"
    with serving(*shlex.split(serve), stderr=home / "log") as server:
        model = server.ready["models"][0]["name"]
        assert answer(server.ready["rest"], model) == (200, {"predictions": [3.0]})


def test_a_request_of_a_wrong_shape_is_named_before_the_graph_dumps_its_nodes(home: Path, zoo: Path) -> None:
    """Row 20: what a server says of it has nothing but a node in it; the record must be made anew."""
    extra = put(zoo, home / "m", model="cnn") / "assets.extra"
    extra.mkdir()
    (extra / "tf_serving_warmup_requests").write_bytes(encode_record(wrong_shape_record(alias="images")))
    report = check("m")
    (finding,) = report.findings
    assert finding.kind.id == "warmup-doubtful"
    assert "[3]" in finding.message
    correct(report)
    with serving("m", stderr=home / "log") as server:
        status, reply = answer(server.ready["rest"], "m", [[[0.0]] * 28] * 28)
        assert (status, len(reply["predictions"][0])) == (200, 10)


def bad_entry(home: Path, zoo: Path) -> str:
    put(zoo, home / "half"), put(zoo, home / "m")
    return str(write_config(home / "models.config", block("m", home / "m"), block("half", home / "halff")))


def added_without_platform(home: Path, zoo: Path) -> str:
    put(zoo, home / "half"), put(zoo, home / "m")
    added = block("half", home / "half", platform="")
    return str(write_config(home / "models.config", block("m", home / "m"), added))


def added_without_a_version(home: Path, zoo: Path) -> str:
    put(zoo, home / "m"), put(zoo, home / "half", version="v1")
    return str(write_config(home / "models.config", block("m", home / "m"), block("half", home / "half")))


def misspelled_field(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    config = block("m", home / "m").replace("base_path", "base_pth")
    return str(write_config(home / "models.config", config))


def label_of_a_version_not_loaded(home: Path, zoo: Path) -> str:
    put(zoo, home / "m"), put(zoo, home / "m", version="2")
    labels = 'version_labels { key: "stable" value: 1 } version_labels { key: "canary" value: 2 }'
    return str(write_config(home / "models.config", block("m", home / "m", labels)))


def label_of_no_version(home: Path, zoo: Path) -> str:
    put(zoo, home / "m")
    labels = 'version_labels { key: "old" value: 1 } version_labels { key: "stable" value: 3 }'
    return str(write_config(home / "models.config", block("m", home / "m", labels)))


@pytest.mark.parametrize(
    ("row", "mistake", "kind_id", "targets"),
    [
        (11, bad_entry, "base-path-missing", ("m", "half")),
        (11, misspelled_field, "config-unparsable", ("m",)),
        (12, added_without_platform, "model-platform-missing", ("m", "half")),
        (12, added_without_a_version, "version-name-not-number", ("m", "half")),
        (13, label_of_a_version_not_loaded, "label-not-loaded", ("m/labels/stable", "m/labels/canary")),
        (13, label_of_no_version, "label-not-loaded", ("m/labels/stable",)),
    ],
)
def test_a_mistake_in_a_config_file_is_named_and_its_correction_serves(  # noqa: PLR0917 (the columns of the table)
    row: int, mistake: Mistake, kind_id: str, targets: tuple[str, ...], home: Path, zoo: Path
) -> None:
    report = check(mistake(home, zoo))
    assert not report.would_serve
    (finding,) = [finding for finding in report.findings if finding.kind.id == kind_id]
    assert finding.path is not None
    assert finding.line is not None or finding.commands
    correct(report)
    assert check("models.config").would_serve
    with Server(ServerConfig(model_config_file=home / "models.config", port=0, rest_api_port=0)) as server:
        wait_for_all_versions(server)
        assert all(answer(server.rest_address, target) == (200, {"predictions": [3.0]}) for target in targets)


@contextmanager
def as_the_image_does(command: str) -> Iterator[tuple[str, str]]:
    """Serve what a container of the official image would: $MODEL_BASE_PATH/$MODEL_NAME, through the bind mounts.

    Gives the server's REST address, and the addresses that ports would be published on.
    """
    parser = argparse.ArgumentParser()
    for option in ("-p", "-v", "-e", "--mount"):
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("--rm", action="store_true")
    parser.add_argument("-t", action="store_true")
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["docker", "run"]
    given, (image,) = parser.parse_known_args(words[2:])
    assert image == "tensorflow/serving"
    variables = dict(text.split("=", 1) for text in given.e)
    name = variables.get("MODEL_NAME", "model")
    wanted = f"{variables.get('MODEL_BASE_PATH', '/models')}/{name}"
    (here,) = [source for source, target in map(bind, [*given.v, *given.mount]) if target == wanted]
    assert os.path.isabs(here)
    config = ServerConfig(models=(ModelConfig(name=name, base_path=here),), port=0, rest_api_port=0)
    with Server(config) as server:
        yield server.rest_address, f"{name} on {' '.join(given.p)}"


def bind(text: str) -> tuple[str, str]:
    """Source and target of a mount."""
    if "type=bind" in text:
        fields = dict(part.partition("=")[::2] for part in text.split(","))
        return fields["source"], fields["target"]
    source, target, *_ = text.split(":")
    return source, target


@pytest.mark.parametrize(
    ("row", "command", "kind_id"),
    [
        (10, f"{DOCKER} -v {{m}}:/models -e MODEL_NAME=m tensorflow/serving", "docker-mount-target"),
        (10, f"{DOCKER} -v {{home}}:/models/m -e MODEL_NAME=m tensorflow/serving", "docker-mount-target"),
        (10, f"{DOCKER} -v {{m}}:/model/m -e MODEL_NAME=m tensorflow/serving", "docker-mount-target"),
        (10, f"{DOCKER} -v {{m}}/1:/models/m -e MODEL_NAME=m tensorflow/serving", "path-is-version-directory"),
        (
            10,
            f"{DOCKER} -v {{m}}/1/saved_model.pb:/models/m -e MODEL_NAME=m tensorflow/serving",
            "saved-model-file-given",
        ),
        (10, f"{DOCKER} -v m:/models/m -e MODEL_NAME=m tensorflow/serving", "docker-relative-mount"),
        (10, f"{DOCKER} -v ./m:/models/m -e MODEL_NAME=m -t tensorflow/serving &", "docker-relative-mount"),
        (
            10,
            f"{DOCKER} --mount type=bind, source={{m}},target=/models/m -e MODEL_NAME=m tensorflow/serving",
            "docker-mount-syntax",
        ),
        (
            10,
            f"{DOCKER} --mount source={{m}},target=/models/m -e MODEL_NAME=m tensorflow/serving",
            "docker-mount-syntax",
        ),
        (
            10,
            f"{DOCKER} -v {{m}}:/models/m -e MODEL_NAME=m -e MODEL_BASE_PATH=/models/m tensorflow/serving",
            "docker-model-base-path",
        ),
        (10, f"{DOCKER} -v {{m}}:/models/m tensorflow/serving -e MODEL_NAME=m", "docker-options-after-image"),
        (21, f"{DOCKER} -v {{m}}:/models/m tensorflow/serving", "docker-model-name"),
        (21, f"{DOCKER} -v {{m}}:/models/m -e MODEL_NAME=other tensorflow/serving", "docker-model-name"),
        (21, f"{DOCKER} -v {{home}}:/models tensorflow/serving", "docker-model-name"),
        (35, "docker run -p 8501:8501 -v {m}:/models/m -e MODEL_NAME=m tensorflow/serving", "docker-port-exposed"),
        (35, "docker run --rm -P -v {m}:/models/m -e MODEL_NAME=m tensorflow/serving", "docker-port-exposed"),
    ],
)
def test_a_mistake_in_a_docker_command_is_named_and_the_corrected_command_serves(  # noqa: PLR0917 (the table's columns)
    row: int, command: str, kind_id: str, home: Path, zoo: Path
) -> None:
    put(zoo, home / "m")
    report = check(command.format(m=home / "m", home=home))
    assert kind_id in {finding.kind.id for finding in report.findings}
    assert report.corrected_command is not None
    again = check(report.corrected_command)
    assert {finding.severity.value for finding in again.findings} <= {"note"}
    with as_the_image_does(report.corrected_command) as (address, published):
        assert published.startswith("m on 127.0.0.1:8501:8501")
        assert answer(address, "m") == (200, {"predictions": [3.0]})
