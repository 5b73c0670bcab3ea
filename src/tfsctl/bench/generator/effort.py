"""How much of a processor a thread uses, and how long it waits for one."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.bench.generator.record import Record

_SCHEDSTAT = Path("/proc/thread-self/schedstat")
_NANOSECONDS = 1e9


class Effort:
    """Measures the calling thread from its making on."""

    def __init__(self) -> None:
        self._wall, self._cpu, self._starved = time.perf_counter(), time.thread_time(), _starved_seconds()

    def write(self, record: Record, *, num_wakes: int) -> None:
        """Tell a record what it took until now, the thread having been woken so often."""
        wall = max(time.perf_counter() - self._wall, 1e-9)
        starved = _starved_seconds() - self._starved
        record.cpu_fraction = min(1.0, (time.thread_time() - self._cpu) / wall)
        record.starved_fraction = min(1.0, starved / wall)
        record.wake_delay_seconds = starved / max(num_wakes, 1)


def _starved_seconds() -> float:
    """Linux tells: the second number is the time spent on a run queue, in nanoseconds."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_SCHEDSTAT.read_text().split()[1]) / _NANOSECONDS
    return 0.0
