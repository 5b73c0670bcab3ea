from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from container.base_image import base_image, make_image
from container.docker_serving import IMAGE, docker, remove_containers
from missing_parts import give_up

_PROJECT = Path(__file__).parents[2]
_START_SECONDS = 60.0
# An ELF file for ARM64, as far as the system reads it before it refuses.
_ARM64_PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00\x01\x00\x00\x00" + bytes(40)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A real Docker engine: the one that runs, or one that is started for these tests, which only root can do.

    Without one the tests are skipped, but not where CI is set: there an engine is part of what is to be shown.
    """
    if _answers():
        yield
        return
    if shutil.which("dockerd") is None or shutil.which("docker") is None or os.geteuid() != 0:
        give_up("NO DOCKER ENGINE RUNS, and none can be started: that takes root, dockerd and docker (docker.io).")
    log = tmp_path_factory.mktemp("dockerd") / "log"
    with log.open("w") as output, subprocess.Popen(["dockerd"], stdout=output, stderr=output) as daemon:
        try:
            _wait_for(daemon, log)
            yield
        finally:
            daemon.terminate()
            daemon.wait(60)


@pytest.fixture(scope="session")
def image(engine: None) -> str:
    """Our own image, by the Dockerfile of the project, upon a base made of local files."""
    arguments = ("--quiet", "--build-arg", f"BASE_IMAGE={base_image()}", "--tag", IMAGE)
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}  # Not every engine has the newer builder.
    command = ["docker", "build", *arguments, str(_PROJECT)]
    built = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return IMAGE


@pytest.fixture(scope="session")
def arm64_image(engine: None) -> str:
    """An image whose program this machine cannot run."""
    files = {"server": _ARM64_PROGRAM, "bin/sh": _ARM64_PROGRAM}  # What cannot be run is tried as a script.
    make_image("tfsctl-test-arm64:latest", files, 'ENTRYPOINT ["/server"]')
    return "tfsctl-test-arm64"


@pytest.fixture(scope="session")
def idle_image(image: str) -> str:
    """An image that keeps the contract but for answering: it says one line and sleeps."""
    script = "import time; print('I am idle', flush=True); time.sleep(600)"
    return _derived("tfsctl-test-idle", image, ["python", "-c", script])


@pytest.fixture(scope="session")
def stubborn_image(image: str) -> str:
    """An image whose server goes on serving when it is asked to stop."""
    script = "trap '' TERM; /usr/bin/tf_serving_entrypoint.sh \"$@\" & wait"
    return _derived("tfsctl-test-stubborn", image, ["sh", "-c", script, "sh"])


def _derived(name: str, image: str, entry_point: list[str]) -> str:
    """An image that differs from another in its entry point."""
    docker("build", "--quiet", "--tag", name, "-", stdin=f"FROM {image}\nENTRYPOINT {json.dumps(entry_point)}\n")
    return name


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test may leave a container behind."""
    yield
    if "engine" in request.fixturenames:
        left = remove_containers()
        assert not left, f"left behind: {left}"


@pytest.fixture
def models(zoo: Path, tmp_path: Path) -> Path:
    """A directory of two models."""
    for name in ("half_plus_two", "strings"):
        shutil.copytree(zoo / name, tmp_path / "models" / name)
    return tmp_path / "models"


@pytest.fixture
def half_plus_two(models: Path) -> Path:
    """The base path of one model."""
    return models / "half_plus_two"


def _answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0


def _wait_for(daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers():
        if daemon.poll() is not None or time.monotonic() > deadline:
            give_up(f"NO DOCKER ENGINE: dockerd does not start here.\n{log.read_text()[-4000:]}")
        time.sleep(0.2)
