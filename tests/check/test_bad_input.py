"""Whatever is given, the answer is a report or an error that says what is wrong."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from check.models import block, put, write_config
from tfsctl.check import check_arguments, check_config_file, check_docker_command, check_path
from tfsctl.errors import NotFoundError, TfsctlError

WORDS = (
    *("-p", "8501:8501", "-v", "/tmp:/models/m", "m:/models", "--mount", "type=bind", "type=bind,source=/,target=/x"),
    *("-e", "MODEL_NAME=m", "-it", "-d", "-", "--", "--rm", "--gpus", "tensorflow/serving", "x", "", "-eX", "=", ":"),
    *(
        "--rest_api_port=8501",
        "--port",
        "--model_base_path=/",
        "--network=host",
        "-P",
        ",",
        "a,b=c",
        "-v=",
        "--env-file",
    ),
)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=12))
def test_any_docker_command_has_a_report(words: list[str]) -> None:
    with contextlib.suppress(TfsctlError):
        report = check_docker_command(["docker", "run", *words])
        assert report.corrected_command is None or report.corrected_command.startswith("docker run")


@given(st.text(max_size=40))
def test_any_line_has_a_report(text: str) -> None:
    with contextlib.suppress(TfsctlError):
        check_docker_command(f"docker run {text}")


@pytest.fixture(scope="session")
def config_text(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    labels = 'version_labels { key: "stable" value: 3 } model_version_policy { all { } }'
    config = block("m", zoo / "half_plus_two_tf2", labels)
    return write_config(tmp_path_factory.mktemp("config") / "models.config", config, config).read_text()


@given(data=st.data())
def test_any_config_file_has_a_report(data: st.DataObject, config_text: str) -> None:
    start = data.draw(st.integers(0, len(config_text)))
    end = data.draw(st.integers(start, min(len(config_text), start + 20)))
    path = Path("models.config")
    path.write_text(config_text[:start] + data.draw(st.text(max_size=5)) + config_text[end:])
    for finding in check_config_file(path).findings:
        assert finding.line is None or finding.line >= 1


def test_a_saved_model_cut_off_anywhere_has_a_report(home: Path, zoo: Path) -> None:
    file = put(zoo, home / "m") / "saved_model.pb"
    content = file.read_bytes()
    for size in range(0, len(content), 331):
        file.write_bytes(content[:size])
        assert check_path("m").findings


def test_an_index_cut_off_anywhere_has_a_report(home: Path, zoo: Path) -> None:
    index = put(zoo, home / "m") / "variables/variables.index"
    content = index.read_bytes()
    for size in range(len(content)):
        index.write_bytes(content[:size])
        assert "variables-incomplete" in {finding.kind.id for finding in check_path("m").findings}


def test_a_link_to_nothing_is_told(home: Path) -> None:
    (home / "m").mkdir()
    (home / "m/1").symlink_to(home / "gone")
    (finding,) = check_path("m").findings
    assert "link to something that is not there" in finding.message


@pytest.mark.parametrize("text", ["", "x" * 5000, "\0", "a\nb"])
def test_a_path_that_cannot_be_one_is_not_found(text: str) -> None:
    with pytest.raises(TfsctlError) as caught:
        check_arguments([text])
    assert isinstance(caught.value, NotFoundError)


def test_a_device_is_no_model() -> None:
    assert not check_path(os.devnull).would_serve
