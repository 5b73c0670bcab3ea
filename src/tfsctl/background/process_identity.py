"""Which process it is: a number alone is given to another one some day."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil

_STAT_START = 19  # The start time's place in /proc/PID/stat after the name, which may hold spaces itself.


def birth_of(pid: int) -> str | None:
    """What tells the process `pid` from all others that ever have the number; None where there is none, or a zombie.

    On Linux that is the boot and the tick of its start, which do not move when the clock is set. Two machines that
    share a home directory do not share a boot.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return _linux_birth(pid) if sys.platform == "linux" else f"{process.create_time():.3f}"
    except (psutil.Error, OSError):
        return None


def is_alive(pid: int, birth: str) -> bool:
    """Whether the process runs that had the number `pid` when its birth was taken down."""
    return birth_of(pid) == birth


def own_identity() -> tuple[int, str]:
    """Number and birth of this process."""
    birth = birth_of(os.getpid())
    assert birth is not None
    return os.getpid(), birth


def _linux_birth(pid: int) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return f"{boot}:{fields[_STAT_START]}"
