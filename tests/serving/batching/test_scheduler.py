"""The threads that run batches. Tests wait for events; times are either none or longer than any test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from serving.batching.fake_model import WAIT_SECONDS, Caller
from tfsctl.errors import UnavailableError
from tfsctl.serving.batching.batch_queue import Batch, BatchQueue
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.scheduler import BatchScheduler
from tfsctl.serving.batching.task import Task

NEVER_MICROS = 3_600_000_000
OWNER = "owner"


class Gate:
    """Processes batches, each when the test lets it."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, list[int]]] = []
        self._arrived = threading.Semaphore(0)
        self._allowed = threading.Semaphore(0)

    def queue(self, name: str = "queue", owner: object = OWNER, **values: Any) -> BatchQueue:
        def process(batch: Batch) -> None:
            self.begun.append((name, [task.size for task in batch]))
            self._arrived.release()
            assert self._allowed.acquire(timeout=WAIT_SECONDS)
            for task in batch:
                task.succeed({})

        return BatchQueue(BatchingParameters(**values), process, owner=owner)

    def wait_for_batch(self) -> None:
        assert self._arrived.acquire(timeout=WAIT_SECONDS)

    def let_pass(self, count: int = 1) -> None:
        self._allowed.release(count)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.begun]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def scheduler(gate: Gate) -> Iterator[BatchScheduler]:
    """One thread."""
    scheduler = BatchScheduler(1, "test-batch")
    yield scheduler
    gate.let_pass(1000)
    scheduler.close()


def task(size: int = 1) -> Task:
    return Task({"x:0": np.zeros(size)}, size)


def test_tasks_that_come_while_the_thread_is_busy_run_together(gate: Gate, scheduler: BatchScheduler) -> None:
    queue = gate.queue(max_batch_size=4)
    scheduler.submit(queue, task())
    gate.wait_for_batch()
    tasks = [task() for _ in range(6)]
    for each in tasks:
        scheduler.submit(queue, each)
    gate.let_pass(3)
    for each in tasks:
        each.wait()
    assert [sizes for _, sizes in gate.begun] == [[1], [1, 1, 1, 1], [1, 1]]


def test_a_batch_waits_until_it_is_full(gate: Gate, scheduler: BatchScheduler) -> None:
    queue = gate.queue(max_batch_size=2, batch_timeout_micros=NEVER_MICROS)
    other = gate.queue("other")
    scheduler.submit(queue, task())
    scheduler.submit(other, task())
    gate.wait_for_batch()
    assert gate.names == ["other"]
    scheduler.submit(queue, task())
    gate.let_pass()
    gate.wait_for_batch()
    assert gate.begun[1] == ("queue", [1, 1])


def test_a_batch_runs_when_its_time_is_over(gate: Gate, scheduler: BatchScheduler) -> None:
    scheduler.submit(gate.queue("late", batch_timeout_micros=NEVER_MICROS), task())
    scheduler.submit(gate.queue("soon", batch_timeout_micros=20_000), task())
    gate.wait_for_batch()
    assert gate.names == ["soon"]


def test_another_thread_keeps_the_time_while_one_runs_a_batch(gate: Gate) -> None:
    scheduler = BatchScheduler(2, "test-batch")
    scheduler.submit(gate.queue("first", batch_timeout_micros=10_000), task())
    scheduler.submit(gate.queue("second", batch_timeout_micros=20_000), task())
    gate.wait_for_batch()
    gate.wait_for_batch()
    assert gate.names == ["first", "second"]
    gate.let_pass(2)
    scheduler.close()


def test_queues_are_served_in_turn(gate: Gate, scheduler: BatchScheduler) -> None:
    busy, quiet = (gate.queue(name, max_batch_size=1) for name in ("busy", "quiet"))
    scheduler.submit(busy, task())
    gate.wait_for_batch()
    for _ in range(3):
        scheduler.submit(busy, task())
    last = task()
    scheduler.submit(quiet, last)
    gate.let_pass(5)
    last.wait()
    scheduler.drain(OWNER)
    assert gate.names == ["busy", "busy", "quiet", "busy", "busy"]


def test_batches_of_one_queue_run_at_once_on_several_threads(gate: Gate) -> None:
    scheduler = BatchScheduler(3, "test-batch")
    queue = gate.queue(max_batch_size=1)
    for _ in range(3):
        scheduler.submit(queue, task())
    for _ in range(3):
        gate.wait_for_batch()
    assert scheduler.num_running_batches() == 3
    gate.let_pass(3)
    scheduler.close()


def test_a_full_queue_refuses_and_goes_on(gate: Gate, scheduler: BatchScheduler) -> None:
    queue = gate.queue(max_batch_size=1, max_enqueued_batches=1)
    scheduler.submit(queue, task())
    gate.wait_for_batch()
    scheduler.submit(queue, task())
    with pytest.raises(UnavailableError, match="currently 1 batches enqueued and max_enqueued_batches is 1"):
        scheduler.submit(queue, task())
    assert scheduler.num_waiting_batches() == 1
    gate.let_pass(2)
    scheduler.drain(OWNER)
    assert scheduler.num_waiting_batches() == 0


def test_drain_runs_what_waits_and_waits_for_what_runs(gate: Gate, scheduler: BatchScheduler) -> None:
    queue = gate.queue(batch_timeout_micros=NEVER_MICROS)
    foreign = gate.queue("foreign", owner="another", batch_timeout_micros=NEVER_MICROS)
    scheduler.submit(foreign, task())
    scheduler.submit(queue, task())
    draining = Caller(lambda: scheduler.drain(OWNER))
    gate.wait_for_batch()
    assert scheduler.num_running_batches() == 1
    gate.let_pass()
    draining.result()
    assert gate.names == ["queue"]
    assert scheduler.num_waiting_batches() == 1


def test_close_runs_what_waits_and_takes_no_more(gate: Gate) -> None:
    scheduler = BatchScheduler(2, "test-close")
    waiting = task()
    queue = gate.queue(batch_timeout_micros=NEVER_MICROS)
    scheduler.submit(queue, waiting)
    gate.let_pass()
    scheduler.close()
    waiting.wait()
    with pytest.raises(UnavailableError):
        scheduler.submit(queue, task())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test-close")]


def test_a_scheduler_without_work_has_no_threads() -> None:
    scheduler = BatchScheduler(2, "test-idle")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test-idle")]
    scheduler.drain(OWNER)
    scheduler.close()
    scheduler.close()
