"""The line that `--print` shows does what it says, run by a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.runner import run_tfsctl
from container.docker_serving import IMAGE, docker, inspect, serve
from tfsctl.client import connect
from tfsctl.errors import TfsctlError

_NAME = "tfsctl-test-printed"


@pytest.fixture
def _removed(image: str) -> Iterator[None]:
    yield
    subprocess.run(["docker", "rm", "--force", _NAME], capture_output=True, check=False)


def _run_in_shell(line: str, tmp_path: Path) -> str:
    """Run a line that detaches; the REST address of what it started, once that answers for half_plus_two."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run(["sh", "-c", line], env=environment, check=True, timeout=60, stdout=subprocess.DEVNULL)
    address = docker("port", _NAME, "8501").splitlines()[0]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with connect(f"http://{address}") as client:
                if client.status("half_plus_two")[0].state == "AVAILABLE":
                    return address
        except TfsctlError:
            pass
        time.sleep(0.1)
    raise AssertionError(docker("logs", _NAME))


@pytest.mark.usefixtures("_removed")
def test_one_model_below_an_awkward_path(half_plus_two: Path, tmp_path: Path) -> None:
    base_path = tmp_path / 'it\'s, "50 $HOME" `x`' / "half_plus_two"
    shutil.copytree(half_plus_two, base_path)
    printed = serve(
        str(base_path), "--print", "--detach", "--name", _NAME, "--memory=1g", "--rest-api-timeout-in-ms=5000"
    )
    assert printed.exit_code == 0, printed.stderr
    address = _run_in_shell(printed.stdout, tmp_path)
    assert run_tfsctl("predict", "[1.0]", "--server", f"http://{address}").json == [2.5]
    container = inspect(_NAME)
    assert container["Mounts"][0]["Source"] == str(base_path)
    assert not container["Mounts"][0]["RW"]
    assert container["HostConfig"]["Memory"] == 1 << 30
    assert "--rest_api_timeout_in_ms=5000" in container["Args"]


@pytest.mark.usefixtures("_removed")
def test_several_models_with_a_file_of_their_own(models: Path, tmp_path: Path) -> None:
    printed = serve(str(models), f"it's={models / 'strings'}", "--print", "--detach", "--name", _NAME)
    address = _run_in_shell(printed.stdout, tmp_path)
    assert run_tfsctl("predict", "it's", '["a"]', "--server", f"http://{address}").json[0]["y"] == "a"


def test_print_does_nothing_and_needs_no_docker(half_plus_two: Path) -> None:
    printed = serve(str(half_plus_two), "--print", DOCKER_HOST="unix:///nowhere")
    assert printed.exit_code == 0
    assert printed.stdout.startswith("docker run --rm --init")
    assert printed.stdout.rstrip().endswith(IMAGE)
    assert "--print" not in printed.stdout
