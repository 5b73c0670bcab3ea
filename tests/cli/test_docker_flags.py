"""What `tfsctl serve --docker` refuses before it asks Docker for anything, and what it passes on."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from cli.runner import Result, Runner


@pytest.fixture
def base_path(zoo: Path, tmp_path: Path) -> Path:
    shutil.copytree(zoo / "half_plus_two", tmp_path / "half_plus_two")
    return tmp_path / "half_plus_two"


@pytest.fixture
def printed(tfsctl: Runner, base_path: Path) -> PrintedLine:
    return PrintedLine(tfsctl, base_path)


class PrintedLine:
    """`tfsctl serve --docker --print` of one model with some flags."""

    def __init__(self, tfsctl: Runner, base_path: Path) -> None:
        self._tfsctl, self._base_path = tfsctl, base_path

    def __call__(self, *flags: str) -> Result:
        return self._tfsctl("serve", "--docker", "--print", str(self._base_path), *flags)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--port=0", "--rest-api-port=off"), ["--publish", "127.0.0.1::8500"]),
        (("--host=0.0.0.0",), ["--publish", "0.0.0.0:8501:8501"]),
        (("--host=",), ["--publish", "8501:8501"]),
        (("--host=localhost",), ["--publish", "127.0.0.1:8501:8501"]),
        (("--host=::1",), ["--publish", "[::1]:8501:8501"]),
        (("--gpu",), ["--gpus", "all"]),
        (("--image-tag=2.19.1", "--gpu"), ["tensorflow/serving:2.19.1-gpu"]),
        (("--cpus=1.5",), ["--cpus", "1.5"]),
        (("--enable_batching=true",), ["--enable_batching=true"]),
        (("--enable_model_warmup=false",), ["--enable_model_warmup=false"]),
        (("--file-system-poll-wait-seconds=5",), ["--file_system_poll_wait_seconds=5"]),
        (("--per-process-gpu-memory-fraction=0.5",), ["--per_process_gpu_memory_fraction=0.5"]),
        (("--flush_filesystem_caches=false",), ["--flush_filesystem_caches=false"]),
        (("--model-name=other",), ["--env", "MODEL_NAME=other"]),
    ],
    ids=str,
)
def test_a_flag_reaches_docker_or_the_server(flags: tuple[str, ...], words: list[str], printed: PrintedLine) -> None:
    result = printed(*flags)
    assert result.exit_code == 0, result.stderr
    line = shlex.split(result)
    assert any(line[at : at + len(words)] == words for at in range(len(line))), line


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--request-log=x",), "--request-log is tfsctl's own"),
        (("--rest-ssl",), "--rest-ssl is tfsctl's own"),
        (("--runtime=python",), "--runtime is tfsctl's own"),
        (("--grpc-socket-path=x",), "A UNIX socket in a container"),
        (("--model-config-file-poll-wait-seconds=5",), "does not see changes"),
        (("--file-system-poll-wait-seconds=0.5",), "whole numbers only"),
        (("--port=off", "--rest-api-port=off"), "nobody could ask"),
        (("--memory=lots",), "is not a size"),
        (("--cpus=-1",), "--cpus"),
        (("--start-timeout=0",), "--start-timeout"),
        (("--image=a b",), "not the name of an image"),
        (("--image=a:1", "--image-tag=2"), "says which one already"),
        (("--host=nowhere.invalid",), "not an address"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_a_wrong_command_line(flags: tuple[str, ...], said: str, printed: PrintedLine) -> None:
    result = printed(*flags)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("flag", ["--memory=1g", "--gpu", "--print", "--pull=never", "--image=x", "--start-timeout=5"])
def test_options_of_a_container_want_one(flag: str, tfsctl: Runner, base_path: Path) -> None:
    result = tfsctl("serve", flag, str(base_path))
    assert result.exit_code == 2
    assert f"{flag.partition('=')[0]} goes with --docker." in result.stderr


def test_a_missing_file_of_a_flag_is_named(printed: PrintedLine) -> None:
    result = printed("--monitoring-config-file=missing.config")
    assert result.exit_code == 3
    assert "--monitoring-config-file: no such file: missing.config" in result.stderr


def test_a_path_that_holds_no_model_is_explained_as_without_docker(tfsctl: Runner, base_path: Path) -> None:
    result = tfsctl("serve", "--docker", "--print", str(base_path / "1"))
    assert result.exit_code == 3
    assert f"tfsctl serve {base_path}" in result.stderr
