"""`tfsctl serve --docker` as a process of its own, and the engine beside it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cli.terminal import COMMAND

IMAGE = "tfsctl-test:latest"
_PATIENCE_SECONDS = 60.0
_SERVE = ("serve", "--docker", "--port", "0", "--rest-api-port", "0")


class Serving(NamedTuple):
    """A server in a container that is ready, and what the command said on stdout."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def container(self) -> dict[str, Any]:
        """What the engine knows of the container."""
        return inspect(self.ready["name"])

    def stop(self) -> int:
        """Ask the command to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_SECONDS)


class Ended(NamedTuple):
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str


@contextlib.contextmanager
def serving_in_docker(*args: str, stderr: Path, image: str = IMAGE) -> Iterator[Serving]:
    """A `tfsctl serve --docker … --json` on free ports, from when it is ready; asked to end if it still runs."""
    command = [*COMMAND, *_SERVE, "--image", image, "--json", *args]
    with stderr.open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        assert process.stdout is not None
        try:
            select.select([process.stdout], [], [], _PATIENCE_SECONDS)
            line = process.stdout.readline()
            assert line, stderr.read_text()
            serving = Serving(process, json.loads(line))
            yield serving
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(_PATIENCE_SECONDS)


def serve(*args: str, image: str = IMAGE, **environment: str) -> Ended:
    """A `tfsctl serve --docker …` that ends by itself."""
    command = [*COMMAND, *_SERVE, "--image", image, *args]
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def docker(*args: str, stdin: str = "") -> str:
    """What Docker's own command says."""
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    done = subprocess.run(
        ["docker", *args], env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return (done.stdout + (done.stderr if args[0] == "logs" else "")).strip()


def inspect(container: str) -> dict[str, Any]:
    """All that the engine knows of a container."""
    (description,) = json.loads(docker("inspect", container))
    return dict(description)


def remove_containers() -> list[str]:
    """Remove the containers of these tests; their names."""
    images = [line for line in docker("images", "--format", "{{.Repository}}").splitlines() if "tfsctl-test" in line]
    found = {
        line
        for image in set(images)
        for line in docker("ps", "--all", "--filter", f"ancestor={image}", "--format", "{{.Names}}").splitlines()
    }
    for name in found:
        docker("rm", "--force", name)
    return sorted(found)
