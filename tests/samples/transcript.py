"""Runs what a sample's README shows, command by command, and compares what comes with what stands there."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docs.documents import blocks

SAMPLES = Path(__file__).parents[2] / "samples"
_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and the lines that the README shows below it; `…` in them stands for anything."""

    command: str
    shown: str

    def is_answered_by(self, *streams: str) -> bool:
        """Whether a command that printed this, on one stream or another, printed what is shown."""
        pattern = ".*?".join(re.escape(piece) for piece in self.shown.strip().split("…"))
        return any(re.fullmatch(pattern, stream.strip(), re.DOTALL) for stream in streams)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers of this run listen, in place of 8500 and 8501."""

    grpc: int
    rest: int

    @property
    def environment(self) -> dict[str, str]:
        """Makes the commands serve there, and ask there, without a word of it on their lines."""
        here = {"TFSCTL_SERVE_PORT": str(self.grpc), "TFSCTL_SERVE_REST_API_PORT": str(self.rest)}
        return here | {"TFSCTL_SERVER": f"127.0.0.1:{self.grpc}"}


@contextmanager
def free_ports() -> Iterator[Ports]:
    """Two ports that nobody has at the moment."""
    with socket.socket() as grpc, socket.socket() as rest:
        for each in (grpc, rest):
            each.bind(("127.0.0.1", 0))
        ports = Ports(grpc.getsockname()[1], rest.getsockname()[1])
    yield ports


def steps(readme: Path) -> list[Step]:
    """The commands of a README with what they print, in order."""
    found: list[Step] = []
    for block in blocks(readme):
        if block.language != "console":
            continue
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append(Step(command, shown))
    return found


def run_readme(sample: str, home: Path, ports: Ports) -> list[str]:
    """Run a sample's commands in a copy of its directory below `home`; returns what went otherwise than shown."""
    folder = home / sample
    shutil.copytree(SAMPLES / sample, folder, ignore=shutil.ignore_patterns("__pycache__", "models", "checkpoints"))
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TFSCTL_", "PYTEST_"))}
    own = {"PATH": programs, "TFSCTL_STATE_DIR": str(home / "state"), "NO_COLOR": "1", "COLUMNS": "120"}
    environment = {**kept, **own, **ports.environment, "PYTHONPATH": "", "CUDA_VISIBLE_DEVICES": ""}
    try:
        return [problem for step in steps(folder / "README.md") if (problem := _run(step, folder, environment, ports))]
    finally:
        _shell("tfsctl stop --all -q", folder, environment)


def _run(step: Step, folder: Path, environment: dict[str, str], ports: Ports) -> str:
    command = step.command.replace(":8500", f":{ports.grpc}").replace(":8501", f":{ports.rest}")
    done = _shell(command, folder, environment)
    if done.returncode == 0 and step.is_answered_by(done.stdout, done.stderr):
        return ""
    return f"$ {command}\n(status {done.returncode})\n{done.stdout}{done.stderr}"


def _shell(command: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
