"""`tfsctl label`."""

from __future__ import annotations

import fcntl
import json
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from cli.runner import Runner
from cli.terminal import COMMAND
from serving.model_directory import QUICK, add_version, wait_for_versions
from serving.reload_calls import entry, label, listed, versions
from stub_servers import Refusal, grpc_stub
from tfsctl.protos import MODEL_SERVICE, GetModelStatusResponse, ReloadConfigRequest, ReloadConfigResponse
from tfsctl.serving import Server, ServerConfig

CONFIG = """\
model_config_list {{
  # The one that pays the bills.
  config {{
    name: "m"
    base_path: "{base_path}"
    model_platform: "tensorflow"
    model_version_policy {{ specific {{ versions: [1, 2] }} }}
    version_labels {{ key: 'stable' value: 1 }}  # since May
  }}
  config {{ name: "other" base_path: "{base_path}" model_platform: "tensorflow" }}
}}
"""


@pytest.fixture(scope="module")
def base_path(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with versions 1 and 2."""
    path = tmp_path_factory.mktemp("models") / "m"
    for version in (1, 2):
        add_version(zoo / "half_plus_two", path, version)
    return path


@pytest.fixture
def file(base_path: Path, tmp_path: Path) -> Path:
    """The configuration of the server."""
    path = tmp_path / "models.config"
    path.write_text(CONFIG.format(base_path=base_path))
    return path


@pytest.fixture
def server(file: Path) -> Iterator[Server]:
    with Server(ServerConfig(**QUICK, model_config_file=file)) as running:
        wait_for_versions(running, "m", 1, 2)
        yield running


@pytest.fixture
def ask(server: Server) -> tuple[str, ...]:
    return ("--server", server.grpc_address)


class OtherServer:
    """A TensorFlow Serving as far as `label` needs one: it knows version 1 of `m`, and takes any configuration."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.reloaded: list[ReloadConfigRequest] = []
        self.refusal: Refusal | None = None

    def __call__(self, method: str, request: bytes) -> bytes:
        if method == f"/{MODEL_SERVICE}/GetModelStatus":
            self.asked.set()
            reply = GetModelStatusResponse()
            reply.model_version_status.add(version=1, state=30)
            return bytes(reply.SerializeToString())
        if method != f"/{MODEL_SERVICE}/HandleReloadConfigRequest":
            raise Refusal(grpc.StatusCode.UNIMPLEMENTED, "")
        if self.refusal is not None:
            raise self.refusal
        self.reloaded.append(ReloadConfigRequest.FromString(request))
        return bytes(ReloadConfigResponse().SerializeToString())


@pytest.fixture
def other() -> Iterator[tuple[OtherServer, tuple[str, ...]]]:
    """Such a server, and the options that reach it."""
    server = OtherServer()
    with grpc_stub(server) as port:
        yield server, ("--server", f"grpc://127.0.0.1:{port}")


def labels_in_force(server: Server) -> dict[str, dict[str, int]]:
    return {model.name: dict(model.version_labels) for model in server.core.models()}


def test_set_and_drop_change_the_labels_of_one_model_and_nothing_else(
    tfsctl: Runner, ask: tuple[str, ...], server: Server
) -> None:
    before = server.core.models()
    result = tfsctl("label", "set", "m", "canary=2", "old=1", *ask)
    assert [line.split() for line in result.splitlines()][1:] == [["canary", "2"], ["old", "1"], ["stable", "1"]]
    assert tfsctl("label", "drop", "m", "canary", "stable", "--json", *ask).json == {
        "model": "m",
        "version_labels": {"old": 1},
    }
    after = server.core.models()
    assert [(m.name, m.base_path, m.version_policy) for m in after] == [
        (m.name, m.base_path, m.version_policy) for m in before
    ]
    assert labels_in_force(server) == {"m": {"old": 1}, "other": {}}


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_list_shows_versions_and_states(tfsctl: Runner, server: Server, protocol: str) -> None:
    ask = ("--server", server.rest_address if protocol == "rest" else server.grpc_address)
    lines = [line.split() for line in tfsctl("label", "list", *ask).splitlines()]
    assert lines == [["MODEL", "LABEL", "VERSION", "STATE"], ["m", "stable", "1", "AVAILABLE"]]
    found = tfsctl("label", "list", "m", "--json", *ask).json
    assert found == {"labels": [{"model": "m", "label": "stable", "version": 1, "state": "AVAILABLE"}]}
    assert tfsctl("label", "list", "nope", *ask).exit_code == 4


@pytest.mark.parametrize(
    ("args", "failure"),
    [
        (("set", "m", "stable=9"), (7, "Available versions of m: 2, 1.")),
        (("set", "nope", "stable=1"), (4, "The server knows m, other.")),
        (("drop", "m", "nope"), (4, "no version label nope")),
        (("set", "m", "stable"), (2, "'stable' is not LABEL=VERSION")),
        (("set", "m", "stable=-1"), (2, "LABEL=VERSION")),
        (("set", "m", "=1"), (2, "LABEL=VERSION")),
        (("set", "m", f"stable={2**63}"), (2, "LABEL=VERSION")),
        (("set", "m", "stable=1", "stable=2"), (2, "given twice")),
        (("set", "m"), (2, "LABEL=VERSION")),
        (("set", "m", "stable=1", "--model-config-file", "nowhere"), (2, "nowhere: No such file")),
    ],
)
def test_what_cannot_be_done_says_why(
    tfsctl: Runner, ask: tuple[str, ...], args: tuple[str, ...], failure: tuple[int, str]
) -> None:
    status, text = failure
    result = tfsctl("label", *args, *ask)
    assert (result.exit_code, str(result)) == (status, "")
    assert text in result.stderr


def test_a_dry_run_without_a_file_shows_what_would_be(tfsctl: Runner, ask: tuple[str, ...], server: Server) -> None:
    result = tfsctl("label", "set", "m", "canary=2", "--dry-run", "--json", *ask)
    assert result.json["version_labels"] == {"canary": 2, "stable": 1}
    assert labels_in_force(server)["m"] == {"stable": 1}


def test_rest_cannot_change_labels(tfsctl: Runner, server: Server) -> None:
    result = tfsctl("label", "set", "m", "stable=1", "--rest", "--server", server.rest_address)
    assert result.exit_code == 7
    assert "--grpc" in result.stderr


def test_a_server_that_follows_its_file_is_changed_there(tfsctl: Runner, file: Path) -> None:
    config = ServerConfig(**QUICK, model_config_file=file, model_config_file_poll_wait_seconds=0.05)
    with Server(config) as server:
        ask = ("--server", server.grpc_address)
        refused = tfsctl("label", "set", "m", "stable=2", *ask)
        assert (refused.exit_code, "--model-config-file FILE" in refused.stderr) == (7, True)
        assert tfsctl("label", "set", "m", "stable=2", "--model-config-file", str(file), *ask).exit_code == 0
        assert labels_in_force(server)["m"] == {"stable": 2}


def test_the_file_keeps_its_form_and_the_server_gets_all_of_it(
    tfsctl: Runner, ask: tuple[str, ...], server: Server, file: Path
) -> None:
    before = file.read_text()
    file.chmod(0o640)
    result = tfsctl("label", "set", "m", "stable=2", "canary=2", "--model-config-file", str(file), *ask)
    assert result.exit_code == 0, result.stderr
    assert labels_in_force(server) == {"m": {"stable": 2, "canary": 2}, "other": {}}
    added = '  # since May\n    version_labels { key: "canary" value: 2 }\n'
    assert file.read_text() == before.replace("value: 1", "value: 2").replace("  # since May\n", added)
    assert file.stat().st_mode & 0o777 == 0o640
    assert tfsctl("label", "drop", "m", "canary", "--model-config-file", str(file), *ask).exit_code == 0
    assert file.read_text() == before.replace("value: 1", "value: 2")


def test_a_refused_change_leaves_the_file_as_it_was(tfsctl: Runner, ask: tuple[str, ...], file: Path) -> None:
    before = file.read_bytes()
    named = ("--model-config-file", str(file))
    refused = tfsctl("label", "set", "m", "stable=9", *named, *ask)
    assert (refused.exit_code, "Available versions of m: 2, 1." in refused.stderr) == (7, True)
    by_server = tfsctl("label", "set", "m", "stable=9", "--allow-unavailable", *named, *ask)
    assert (by_server.exit_code, "not currently available" in by_server.stderr) == (7, True)
    assert tfsctl("label", "set", "nope", "stable=1", *named, *ask).exit_code == 4
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_dry_run_prints_the_configuration_and_needs_no_server(tfsctl: Runner, file: Path) -> None:
    before = file.read_text()
    dry_run = ("--model-config-file", str(file), "--dry-run", "--server", "127.0.0.1:1")
    assert tfsctl("label", "set", "m", "stable=2", *dry_run) == before.replace("value: 1", "value: 2")
    assert tfsctl("label", "set", "m", "stable=2", "--json", *dry_run).json["version_labels"] == {"stable": 2}
    assert file.read_text() == before


def test_a_link_to_the_file_stays_a_link(tfsctl: Runner, ask: tuple[str, ...], file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.config"
    link.symlink_to(file)
    assert tfsctl("label", "set", "m", "stable=2", "--model-config-file", str(link), *ask).exit_code == 0
    assert link.is_symlink()
    assert "value: 2" in file.read_text()


def test_lists_in_brackets_need_rewrite(tfsctl: Runner, ask: tuple[str, ...], file: Path, base_path: Path) -> None:
    model = f'name: "m" base_path: "{base_path}" model_platform: "tensorflow" {versions(1, 2)}'
    file.write_text(f"model_config_list {{ config: [ {{ {model} }} ] }}")
    change = ("label", "set", "m", "stable=2", "--model-config-file", str(file), *ask)
    refused = tfsctl(*change)
    assert (refused.exit_code, "--rewrite" in refused.stderr) == (7, True)
    assert tfsctl(*change, "--rewrite").exit_code == 0
    assert 'key: "stable"' in file.read_text()


Other = tuple[OtherServer, tuple[str, ...]]


@pytest.mark.parametrize("args", [("list",), ("set", "m", "stable=1"), ("drop", "m", "stable")])
def test_another_server_needs_the_file(tfsctl: Runner, other: Other, args: tuple[str, ...]) -> None:
    result = tfsctl("label", *args, *other[1])
    assert (result.exit_code, str(result)) == (2, "")
    assert "This server cannot tell" in result.stderr
    assert "--model-config-file FILE" in result.stderr.partition("Hint: ")[2]


def test_another_server_with_the_file(tfsctl: Runner, other: Other, file: Path) -> None:
    server, ask = other
    named = ("--model-config-file", str(file), *ask)
    assert tfsctl("label", "set", "m", "canary=1", *named).exit_code == 0
    models = server.reloaded[0].config.model_config_list.config
    assert [model.name for model in models] == ["m", "other"]
    assert dict(models[0].version_labels) == {"stable": 1, "canary": 1}
    assert list(models[0].model_version_policy.specific.versions) == [1, 2]
    assert "m      canary  1        AVAILABLE" in tfsctl("label", "list", *named)


def test_another_server_that_allows_unavailable_versions(tfsctl: Runner, other: Other, file: Path) -> None:
    change = ("label", "set", "m", "next=7", "--model-config-file", str(file), *other[1])
    assert tfsctl(*change).exit_code == 7
    assert tfsctl(*change, "--allow-unavailable").exit_code == 0
    assert other[0].reloaded[0].config.model_config_list.config[0].version_labels["next"] == 7


def test_a_server_that_fails_leaves_the_file_as_it_was(tfsctl: Runner, other: Other, file: Path) -> None:
    server, ask = other
    before = file.read_bytes()
    server.refusal = Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, "")
    result = tfsctl("label", "drop", "m", "stable", "--model-config-file", str(file), *ask)
    assert result.exit_code == 6
    assert "was not changed" in result.stderr
    assert file.read_bytes() == before


def test_of_two_changes_at_once_the_second_stops(tfsctl: Runner, other: Other, file: Path) -> None:
    server, ask = other
    change = ("label", "set", "m", "--model-config-file", str(file), *ask)
    with file.open("rb") as first, ThreadPoolExecutor(1) as pool:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = pool.submit(subprocess.run, [*COMMAND, *change, "late=1"], capture_output=True, text=True, timeout=60)
        server.asked.wait(60)
        file.write_text(file.read_text().replace("since May", "since June"))
        fcntl.flock(first, fcntl.LOCK_UN)
        stopped = second.result()
    assert (stopped.returncode, "was changed by somebody else" in stopped.stderr) == (5, True)
    assert server.reloaded == []
    assert "late" not in file.read_text()


def test_the_json_of_an_error_is_json(tfsctl: Runner, other: Other) -> None:
    result = tfsctl("label", "list", "--json", *other[1])
    assert json.loads(result.stderr)["error"]["exit_status"] == 2


def test_a_file_with_a_model_of_the_same_name_twice_is_refused(tfsctl: Runner, file: Path) -> None:
    file.write_text(listed(entry("m", "/m", label("a", 1)), entry("m", "/n")))
    result = tfsctl("label", "set", "m", "a=2", "--model-config-file", str(file), "--dry-run")
    assert (result.exit_code, "multiple times" in result.stderr) == (2, True)
