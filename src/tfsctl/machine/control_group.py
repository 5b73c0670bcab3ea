"""What a container or a service may use at most: the limits of its control group (Linux)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Where version 1 has no limit it shows a number of about 2 to the 63rd.
_NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """Limits, None where there is none, and the memory used."""

    memory_bytes: int | None = None
    used_bytes: int = 0
    cpus: float | None = None


def own_control_group(*, proc: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> ControlGroup:
    """The limits of this process, those of the groups around its own included; none on other systems."""
    groups = _groups(proc)
    memory, used, cpus = None, 0, None
    for directory in _upwards(
        root / "memory" if "memory" in groups else root, groups.get("memory", groups.get("", ""))
    ):
        limit = _number(directory / "memory.max") or _number(directory / "memory.limit_in_bytes")
        if limit is not None and limit < min(memory or _NO_LIMIT, _NO_LIMIT):
            memory = limit
            used = _number(directory / "memory.current") or _number(directory / "memory.usage_in_bytes") or 0
    for directory in _upwards(root / "cpu" if "cpu" in groups else root, groups.get("cpu", groups.get("", ""))):
        share = _cpus(directory)
        if share is not None:
            cpus = min(cpus or share, share)
    return ControlGroup(memory, used, cpus)


def _groups(proc: Path) -> dict[str, str]:
    """This process's group by controller; the one of version 2 has the empty name."""
    try:
        lines = proc.read_text().splitlines()
    except OSError:
        return {}
    groups: dict[str, str] = {}
    for line in lines:
        _, controllers, group = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), group)
    return groups


def _upwards(root: Path, group: str) -> Iterator[Path]:
    """The directory of a group and of all around it. In a container it may be the root that shows the group."""
    directory = root / group.lstrip("/")
    yield from (each for each in (directory, *directory.parents) if each == root or root in each.parents)


def _cpus(directory: Path) -> float | None:
    try:
        quota, period = (directory / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        old, length = _number(directory / "cpu.cfs_quota_us"), _number(directory / "cpu.cfs_period_us")
        return old / length if old is not None and old > 0 and length else None


def _number(file: Path) -> int | None:
    """The number in a file of the kernel; None where there is none, or the word `max`."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
