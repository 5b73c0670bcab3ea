"""What the server's process uses, under the meanings of Prometheus's `process_…` metrics.

Read from Linux's /proc. Where the system does not tell, a metric has no sample.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tfsctl.serving.metrics.families import Computed, Family, Kind

_PROC = Path("/proc")
# The fields of /proc/self/stat after the program's name, which is in brackets and may hold anything.
_START_TIME_FIELD = 19


def process_families() -> tuple[Family, ...]:
    """Memory in use, open files, processor time and the time of the start."""
    return (
        _family("resident_memory_bytes", "gauge", _resident_memory_bytes),
        _family("open_fds", "gauge", _open_fds),
        _family("cpu_seconds_total", "counter", time.process_time),
        _family("start_time_seconds", "gauge", _start_time_seconds),
    )


def _family(name: str, kind: Kind, read: Callable[[], float]) -> Family:
    def values() -> Mapping[tuple[str, ...], float]:
        try:
            return {(): read()}
        except (OSError, ValueError, LookupError):
            return {}

    return Computed(f"/tfsctl/serving/process_{name}", kind=kind, read=values)


def _resident_memory_bytes() -> int:
    num_pages = int((_PROC / "self/statm").read_text().split()[1])
    return num_pages * os.sysconf("SC_PAGE_SIZE")


def _open_fds() -> int:
    return len(os.listdir(_PROC / "self/fd")) - 1  # Looking opens one more.


def _start_time_seconds() -> float:
    fields = (_PROC / "self/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[_START_TIME_FIELD])
    boot = next(line for line in (_PROC / "stat").read_text().splitlines() if line.startswith("btime "))
    return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
