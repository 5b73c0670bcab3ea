"""Where, when and by what a measurement was made: what a reader needs to make it again."""

from __future__ import annotations

import datetime as dt
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tfsctl.bench.shares import num_processors

_PACKAGES = ("tfsctl", "grpcio", "numpy", "hpack")
_CPU_FILE = Path("/proc/cpuinfo")
_SYSCTL_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """The side that measured. The server's machine is not looked at: it may be another.

    Attributes:
        started: When, in UTC, as ISO 8601 writes it: `2026-03-01T12:00:00Z`.
        command: The command line, as a shell takes it.
        machine: This machine's name.
        cpu: Its processor, as the system calls it.
        num_cpus: How many processors this process may use.
        system: The operating system.
        versions: Of Python, tfsctl and the libraries that send requests; those that are not installed are left out.
    """

    started: str
    command: str
    machine: str
    cpu: str
    num_cpus: int
    system: str
    versions: dict[str, str]

    @classmethod
    def current(cls) -> Environment:
        """Of this process, now."""
        return cls(
            started=dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            command=_command(sys.argv),
            machine=platform.node(),
            cpu=_cpu(),
            num_cpus=num_processors(),
            system=platform.platform(),
            versions=_versions(),
        )

    def to_json(self) -> dict[str, Any]:
        """The attributes by their names."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Environment:
        """What `to_json` gave; raises KeyError, TypeError or ValueError for anything else."""
        texts = {name: str(value[name]) for name in ("started", "command", "machine", "cpu", "system")}
        versions = {str(name): str(version) for name, version in value["versions"].items()}
        return cls(**texts, num_cpus=int(value["num_cpus"]), versions=versions)


def _command(argv: list[str]) -> str:
    program, *rest = argv or [""]
    name = "tfsctl" if Path(program).name == "__main__.py" else Path(program).name
    return shlex.join([name, *rest])


def _cpu() -> str:
    """The processor's name: Linux has it in a file, macOS behind a command; elsewhere its kind must do."""
    try:
        lines = _CPU_FILE.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or _mac_cpu() or platform.processor() or platform.machine()


def _mac_cpu() -> str:
    if platform.system() != "Darwin":
        return ""
    line = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=_SYSCTL_SECONDS, check=False)  # noqa: S603 (a constant)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _versions() -> dict[str, str]:
    found = {package: _version(package) for package in _PACKAGES}
    return {"python": platform.python_version(), **{package: version for package, version in found.items() if version}}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
