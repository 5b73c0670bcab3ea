"""When requests are to be sent: the difference between a closed and an open loop."""

from __future__ import annotations

import itertools
import threading
import time

from tfsctl.bench.plan import BenchPlan


class Schedule:
    """Hands out the requests of a plan, one after another, to as many threads as ask.

    In a closed loop a request is due when it is taken. In an open loop request n is due n / rate seconds after the
    start; its latency is measured from then, so that the time it waits for a free thread behind a slow answer counts,
    as it would for a user (not counting it is known as coordinated omission).
    """

    def __init__(self, plan: BenchPlan) -> None:
        self._limit = plan.limit
        self._duration_seconds = plan.duration_seconds
        self._interval_seconds = None if plan.rate is None else 1 / plan.rate
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._start = 0.0

    def start(self) -> None:
        """Begin to count time."""
        self._start = time.perf_counter()

    def stop(self) -> None:
        """Hand out no more, and wake those that wait for a request to become due."""
        self._stopped.set()

    @property
    def elapsed_seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._start

    def take(self) -> tuple[int, float] | None:
        """The number of the next request and when it is due (`time.perf_counter`), once it is; None at the end."""
        if self._stopped.is_set():
            return None
        with self._lock:
            number = next(self._numbers)
        if self._limit is not None and number >= self._limit:
            return None
        after_seconds = self.elapsed_seconds if self._interval_seconds is None else number * self._interval_seconds
        if self._duration_seconds is not None and after_seconds >= self._duration_seconds:
            return None
        due = self._start + after_seconds
        return (number, due) if self._reached(due) else None

    def fraction(self, num_done: int) -> float:
        """How much of the plan is done, from 0 to 1."""
        if self._duration_seconds is not None:
            return min(1.0, self.elapsed_seconds / self._duration_seconds)
        return num_done / self._limit if self._limit else 0.0

    def _reached(self, due: float) -> bool:
        """Wait until then; whether it was not stopped before."""
        wait = due - time.perf_counter()
        return wait <= 0 or not self._stopped.wait(wait)
