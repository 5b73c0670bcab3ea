"""The command that `tfsctl check` corrects does what it says, run by a shell and a real engine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from container.docker_serving import docker, inspect
from tfsctl.check import check_docker_command
from tfsctl.client import connect
from tfsctl.errors import TfsctlError

_NAME = "tfsctl-test-corrected"


@pytest.fixture(autouse=True)
def _here(image: str, models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where `models` is a relative path; the container is removed in the end."""
    monkeypatch.chdir(models.parent)
    yield
    subprocess.run(["docker", "rm", "--force", _NAME], capture_output=True, check=False)


def _wait_for(model: str) -> list[float]:
    address = docker("port", _NAME, "8501").splitlines()[0]
    deadline = time.monotonic() + 30
    while (answer := _ask(address, model)) is None:
        assert time.monotonic() < deadline, docker("logs", _NAME)
        time.sleep(0.1)
    return answer


def _ask(address: str, model: str) -> list[float] | None:
    try:
        with connect(f"http://{address}") as client:
            return [float(y) for y in client.predict(model, [1.0, 2.0]).outputs["y"]]
    except TfsctlError:
        return None


@pytest.mark.parametrize(
    ("options", "kind_id"),
    [
        ("-p 0:8501 -v MODELS/half_plus_two:/models/half_plus_two", "docker-model-name"),
        ("-p 0:8501 -v MODELS/half_plus_two:/models", "docker-mount-target"),
        ("-p 0:8501 -v MODELS/half_plus_two/1:/models/half -e MODEL_NAME=half", "path-is-version-directory"),
        ("-p 0:8501 -v models/half_plus_two:/models/half -e MODEL_NAME=half", "docker-relative-mount"),
        ("-p 0:8501 --mount source=MODELS/half_plus_two,target=/models/half", "docker-mount-syntax"),
        ("-p 0:8500 -p 0:8080 -v MODELS/half_plus_two:/models/model", "docker-port-mismatch"),
    ],
)
def test_the_corrected_command_serves(options: str, kind_id: str, image: str, models: Path) -> None:
    line = f"docker run --detach --name {_NAME} {options.replace('MODELS', str(models))} {image}"
    report = check_docker_command(line)
    assert kind_id in {finding.kind.id for finding in report.findings}
    assert report.corrected_command is not None
    subprocess.run(["sh", "-c", report.corrected_command], check=True, timeout=60, stdout=subprocess.DEVNULL)
    assert _wait_for(report.models[0].name) == [2.5, 3.0]
    bindings = inspect(_NAME)["HostConfig"]["PortBindings"].values()
    assert {one["HostIp"] for port in bindings for one in port} == {"127.0.0.1"}


def test_options_after_the_image_do_nothing_for_docker(image: str, models: Path) -> None:
    """What the finding says happens, happens."""
    line = f"docker run --detach --name {_NAME} {image} -p 0:8501 -v {models}/half_plus_two:/models/model"
    assert "docker-options-after-image" in {finding.kind.id for finding in check_docker_command(line).findings}
    subprocess.run(["sh", "-c", line], check=True, timeout=60, stdout=subprocess.DEVNULL)
    assert not inspect(_NAME)["HostConfig"]["PortBindings"]
    assert not inspect(_NAME)["Mounts"]
