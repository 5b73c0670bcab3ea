"""The cells that metrics are made of: one for each set of label values, written by many threads at once.

`x += 1` is no single step in Python: between its read and its write another thread may come, and an increment is lost.
A lock around it is correct, and costs more than all the rest. So what a request does to a cell is one call into C,
which the interpreter's lock makes whole: the step of an `itertools.count`, the `append` of a `deque`. The work is left
to whoever reads.
"""

from __future__ import annotations

import itertools
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Values waiting to be sorted into buckets; with so many, the thread that records the next does it.
_MAX_PENDING = 1024


class CounterCell:
    """A number that only grows. Thread-safe.

    `increment()` adds one; it is a function of C, bound once, because it is called for every request.
    """

    __slots__ = ("_lock", "_num_reads", "increment")

    def __init__(self) -> None:
        self.increment: Callable[[], int] = itertools.count().__next__
        self._num_reads = 0
        self._lock = threading.Lock()

    def add(self, number: int) -> None:
        """Add `number`, in as many steps."""
        for _ in range(number):
            self.increment()

    @property
    def value(self) -> int:
        """How often `increment` was called."""
        with self._lock:
            # A count can only be read by taking its next step: take away those that were taken to read it.
            value = self.increment() - self._num_reads
            self._num_reads += 1
            return value


class GaugeCell:
    """A number that goes up and down: the last one set. Thread-safe."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0

    def set(self, value: float) -> None:
        """Replace the value; whole numbers print without a point."""
        self.value = value


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a histogram's cell holds: for each limit how many values are less than it; how many there are; their sum."""

    limits: tuple[float, ...]
    cumulative_counts: tuple[int, ...]
    count: int
    sum: float


class HistogramCell:
    """Counts values by buckets. Thread-safe.

    `limits` ascend. A value equal to a limit belongs to the next bucket (tensorflow-serving.md §7.1), contrary to
    Prometheus's own custom.
    """

    __slots__ = ("_count", "_counts", "_limits", "_lock", "_pending", "_sum")

    def __init__(self, limits: Sequence[float]) -> None:
        self._limits = tuple(limits)
        self._pending: deque[float] = deque()
        self._lock = threading.Lock()  # For what follows.
        self._counts = [0] * len(self._limits)
        self._count = 0
        self._sum = 0.0

    def record(self, value: float) -> None:
        """Note one value."""
        pending = self._pending
        pending.append(value)
        if len(pending) >= _MAX_PENDING:
            with self._lock:
                self._sort_in()

    def read(self) -> Distribution:
        """All values noted so far."""
        with self._lock:
            self._sort_in()
            return Distribution(self._limits, tuple(self._counts), self._count, self._sum)

    def _sort_in(self) -> None:
        # As many as there are now: others go on appending. Only who holds the lock takes any away.
        values = [self._pending.popleft() for _ in range(len(self._pending))]
        values.sort()
        for index, limit in enumerate(self._limits):
            self._counts[index] += bisect_left(values, limit)
        self._count += len(values)
        self._sum += sum(values)
