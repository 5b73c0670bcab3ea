from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from cli.runner import Runner
from cli.terminal import on_terminal

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def models(zoo: Path, tmp_path: Path) -> Path:
    """A directory with one good model in it."""
    shutil.copytree(zoo / "cnn", tmp_path / "models/cnn")
    return tmp_path / "models"


def break_name(models: Path) -> None:
    (models / "cnn/1").rename(models / "cnn/v1")


def test_check_says_what_a_server_would_do_with_models(models: Path, tfsctl: Runner) -> None:
    result = tfsctl("check")
    assert result.exit_code == 0
    assert result.splitlines() == [
        "cnn  models/cnn",
        "  A server would load version 1 (policy: latest).",
        "    serving_default  REST and gRPC: images float [?, 28, 28, 1] -> scores float [?, 10]",
        "",
        "It would be served. Nothing was found.",
    ]


def test_check_of_a_mistake_says_why_and_what_to_do(models: Path, tfsctl: Runner) -> None:
    break_name(models)
    result = tfsctl("check", "models/cnn")
    assert result.exit_code == 1
    assert result.startswith("ERROR  version-name-not-number  models/cnn\n")
    assert "\n    mv models/cnn/v1 models/cnn/1\n    tfsctl serve models/cnn\n" in result
    assert result.endswith("It would NOT be served. 1 error.\nMore: tfsctl check --explain version-name-not-number\n")


def test_check_in_json_has_everything(models: Path, tfsctl: Runner) -> None:
    break_name(models)
    report = tfsctl("check", "models/cnn", "--json").json
    (finding,) = report["findings"]
    assert report["would_serve"] is False
    assert (finding["id"], finding["severity"]) == ("version-name-not-number", "error")
    assert finding["commands"] == ["mv models/cnn/v1 models/cnn/1", "tfsctl serve models/cnn"]


def test_check_in_json_has_the_outlook(models: Path, tfsctl: Runner) -> None:
    (model,) = tfsctl("check", "--json").json["models"]
    (version,) = model["versions"]
    assert (model["name"], model["found"], version["is_loadable"]) == ("cnn", [1], True)
    assert version["signatures"][0]["protocols"] == ["REST", "gRPC"]


def test_check_that_is_quiet_writes_a_line_for_each_finding(models: Path, zoo: Path, tfsctl: Runner) -> None:
    shutil.copytree(zoo / "digits", models / "digits")
    assert tfsctl("check", "-q") == (
        "models/digits/1/saved_model.pb: warning: No signature is named serving_default; there are: predict_images."
        " [no-serving-default]\n"
    )


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (("gone",), 4),
        (("name=gone",), 4),
        (("docker ps",), 2),
        (("docker run 'x",), 2),
        (("--for-version", "new"), 2),
        (("--explain", "no-versions"), 2),
        (("--strict",), 0),
        (("--strict", "--for-version", "2.3"), 1),
        (("--for-version", "2.3"), 0),
        (("--saved-model-tags", "train"), 1),
        (("other=models/cnn",), 0),
        (("models/cnn", "models/cnn"), 1),
        (("docker run -p 127.0.0.1:8501:8501 -v $PWD/models:/models -e MODEL_NAME=cnn tensorflow/serving",), 0),
        (("--", "docker", "run", "-p", "8501:8501", "tensorflow/serving"), 1),
        (("tensorflow_model_server --model_base_path=$PWD/models/cnn",), 0),
    ],
)
def test_exit_status_of_check(args: tuple[str, ...], status: int, models: Path, tfsctl: Runner) -> None:
    result = tfsctl("check", *args)
    assert result.exit_code == status
    assert "Traceback" not in result.stderr


def test_check_of_what_is_not_there_names_what_is_near(models: Path, tfsctl: Runner) -> None:
    assert "Did you mean models/cnn?" in tfsctl("check", "models/cnnn").stderr


def test_check_gives_the_corrected_docker_command(models: Path, tfsctl: Runner) -> None:
    result = tfsctl("check", "docker run -p 8501:8501 -v models/cnn:/models/cnn tensorflow/serving")
    assert (
        f"    docker run \\\n      -p 127.0.0.1:8501:8501 \\\n      -v {models}/cnn:/models/cnn \\\n"
        "      -e MODEL_NAME=cnn \\\n      tensorflow/serving\n"
    ) in result


def test_check_lists_and_explains_every_kind(tfsctl: Runner) -> None:
    listed = tfsctl("check", "--list", "--json").json
    for kind in listed:
        page = tfsctl("check", "--explain", kind["id"])
        assert page.startswith(f"{kind['id']} ({kind['severity']})\n{kind['title']}.\n")
    plain = tfsctl("check", "--list")
    assert all(f"  {kind['id']} " in plain for kind in listed)


def test_an_unknown_kind_has_its_nearest_named(tfsctl: Runner) -> None:
    assert "Did you mean docker-no-mount?" in tfsctl("check", "--explain", "docker-nomount").stderr


def test_names_from_a_model_cannot_steer_the_terminal(models: Path, tfsctl: Runner) -> None:
    (models / "cnn/1").rename(models / "cnn/\x1b[31mv1")
    assert "\x1b" not in tfsctl("check", "models/cnn")


def test_check_fits_a_terminal_but_for_what_is_to_be_copied(models: Path, zoo: Path) -> None:
    shutil.copytree(zoo / "effects", models / "effects")
    with on_terminal("check", "models") as terminal:
        text = COLOURS.sub("", terminal.read_to_end())
        assert terminal.wait() == 0
    assert "SECURITY  op-touches-files" in text
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("    "))


def test_the_list_fits_a_terminal() -> None:
    with on_terminal("check", "--list") as terminal:
        text = COLOURS.sub("", terminal.read_to_end())
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("hidden", ["models", "models/cnn", "models/cnn/1", "models/cnn/1/saved_model.pb"])
def test_what_cannot_be_read_is_a_finding(hidden: str, models: Path, tfsctl: Runner, nobody: None) -> None:
    user, somebody = os.geteuid(), 0 if os.getuid() == 0 else os.getuid()
    os.seteuid(somebody)
    for directory in (models.parent, models.parent.parent, models.parent.parent.parent):
        directory.chmod(0o755)
    (models.parent / hidden).chmod(0)
    os.seteuid(user)
    result = tfsctl("check", str(models), "-q")
    assert (result.exit_code, "[unreadable]" in result) == (1, True)
