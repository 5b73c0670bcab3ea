"""Generate load: threads that send what is due, and count what comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tfsctl.bench.progress import Progress
from tfsctl.bench.schedule import Schedule
from tfsctl.bench.tally import Tally
from tfsctl.errors import TfsctlError

if TYPE_CHECKING:
    from tfsctl.bench.plan import BenchPlan
    from tfsctl.bench.workload import Workload
    from tfsctl.client import Connection

_PROGRESS_SECONDS = 0.1
OnProgress = Callable[[Progress], None]


def generate_load(
    plan: BenchPlan, workload: Workload, connections: Sequence[Connection], *, on_progress: OnProgress | None = None
) -> tuple[Tally, float]:
    """Send the requests of a plan, one thread for each connection. What came of them, and in how many seconds.

    A failed call is counted, and the load goes on. An interrupt (Ctrl-C) stops the threads as soon as the calls in
    flight are over, and is passed on; so is an error in a thread that is not a failed call.
    """
    schedule = Schedule(plan)
    workers = [_Worker(plan, workload, connection, schedule) for connection in connections]
    schedule.start()
    for worker in workers:
        worker.start()
    try:
        _watch(plan, workers, schedule, on_progress)
    finally:
        schedule.stop()
        for worker in workers:
            worker.join()
    seconds = max(worker.ended_seconds for worker in workers)
    total = Tally()
    for worker in workers:
        if worker.error is not None:
            raise worker.error
        total.merge(worker.tally)
    return total, seconds


def _watch(plan: BenchPlan, workers: Sequence[_Worker], schedule: Schedule, on_progress: OnProgress | None) -> None:
    """Wait for the workers, telling how far they are a few times a second and at the end."""

    def tell() -> None:
        if on_progress is not None:
            num_done = sum(worker.tally.num_done for worker in workers)
            on_progress(Progress(num_done, plan.limit, schedule.elapsed_seconds, schedule.fraction(num_done)))

    for worker in workers:
        while worker.is_alive():
            worker.join(_PROGRESS_SECONDS)
            if worker.is_alive():
                tell()
    tell()


class _Worker(threading.Thread):
    """Takes requests from the schedule and sends them over a connection of its own."""

    def __init__(self, plan: BenchPlan, workload: Workload, connection: Connection, schedule: Schedule) -> None:
        super().__init__(name="bench", daemon=True)
        self.tally = Tally()
        self.error: BaseException | None = None
        self.ended_seconds = 0.0
        self._timeout_seconds = plan.timeout_seconds
        self._workload = workload
        self._connection = connection
        self._schedule = schedule

    def run(self) -> None:
        try:
            while (taken := self._schedule.take()) is not None:
                self._send(*taken)
        except Exception as error:  # noqa: BLE001 (raised again by the thread that waits for this one)
            self.error = error
            self._schedule.stop()
        self.ended_seconds = self._schedule.elapsed_seconds

    def _send(self, number: int, due: float) -> None:
        try:
            reply = self._connection.send(self._workload.request(number), timeout_seconds=self._timeout_seconds)
            seconds = time.perf_counter() - due
            is_right = self._workload.is_right(number, reply)
        except TfsctlError as error:
            self.tally.failed(error)
        else:
            self.tally.answered(seconds, is_right=is_right)
