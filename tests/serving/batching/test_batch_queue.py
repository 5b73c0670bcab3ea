"""One queue: batches that fill, fall due, and are refused. Times here are numbers (tensorflow-serving.md §4.3)."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

from tfsctl.errors import InvalidArgumentError, UnavailableError
from tfsctl.serving.batching.batch_queue import BatchQueue
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.task import Task


def queue(**values: Any) -> BatchQueue:
    return BatchQueue(BatchingParameters(**values), lambda _: None, owner=None)


def task(size: int = 1) -> Task:
    return Task({"x:0": np.zeros(size)}, size)


def popped(batches: BatchQueue) -> list[list[int]]:
    """The sizes of the tasks in all batches, which are taken away."""
    return [[task.size for task in batches.pop()] for _ in range(len(batches))]


def test_a_batch_is_due_when_its_first_task_has_waited_long_enough() -> None:
    batches = queue(max_batch_size=4, batch_timeout_micros=2_000_000)
    assert batches.due_at() == inf
    batches.add(task(), 10.0)
    batches.add(task(), 11.0)
    assert batches.due_at() == 12.0


def test_a_full_batch_is_due_at_once() -> None:
    batches = queue(max_batch_size=4, batch_timeout_micros=1_000_000)
    batches.add(task(3), 10.0)
    assert batches.due_at() == 11.0
    batches.add(task(1), 10.0)
    assert batches.due_at() == -inf


def test_a_task_that_does_not_fit_closes_the_batch() -> None:
    batches = queue(max_batch_size=4, batch_timeout_micros=1_000_000)
    for size in (3, 2, 2, 1):
        batches.add(task(size), 10.0)
    assert batches.due_at() == -inf
    assert popped(batches) == [[3], [2, 2], [1]]


def test_a_closed_queue_waits_for_nothing() -> None:
    batches = queue(batch_timeout_micros=1_000_000)
    batches.add(task(), 10.0)
    batches.close()
    assert batches.due_at() == -inf


@pytest.mark.parametrize("splits", [False, True])
def test_a_task_that_is_too_large_is_refused(splits: bool) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        queue(max_batch_size=3, enable_large_batch_splitting=splits).add(task(4), 0.0)
    assert caught.value.message == "Task size 4 is larger than maximum input batch size 3"


@pytest.mark.parametrize(("limit", "num_taken"), [(2, 2), (1, 1), (0, 1)])
def test_a_full_queue_refuses_tasks(limit: int, num_taken: int) -> None:
    batches = queue(max_batch_size=2, max_enqueued_batches=limit)
    for _ in range(num_taken):
        batches.add(task(2), 0.0)
    with pytest.raises(UnavailableError) as caught:
        batches.add(task(1), 0.0)
    assert caught.value.message == (
        "The batch scheduling queue to which this task was submitted is full;"
        f" currently {num_taken} batches enqueued and max_enqueued_batches is {num_taken}"
    )


def test_a_full_queue_takes_what_its_open_batch_has_room_for() -> None:
    batches = queue(max_batch_size=3, max_enqueued_batches=1)
    for size in (1, 2):
        batches.add(task(size), 0.0)
    assert popped(batches) == [[1, 2]]
    batches.add(task(3), 0.0)


def splitting(**values: Any) -> BatchQueue:
    defaults = {"max_batch_size": 100, "max_execution_batch_size": 4, "enable_large_batch_splitting": True}
    return queue(**{**defaults, **values})


def test_a_large_task_fills_the_open_batch_then_others() -> None:
    batches = splitting()
    assert len(batches.add(task(3), 0.0)) == 1
    pieces = batches.add(task(6), 0.0)
    assert [piece.size for piece in pieces] == [1, 4, 1]
    batches.add(task(2), 0.0)
    assert popped(batches) == [[3, 1], [4], [1, 2]]


def test_pieces_hold_the_tasks_rows_in_order() -> None:
    whole = Task({"x:0": np.arange(9)}, 9, deadline=5.0)
    pieces = splitting().add(whole, 1.0)
    assert [piece.inputs["x:0"].tolist() for piece in pieces] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert {(piece.deadline, piece.enqueued_at) for piece in pieces} == {(5.0, 1.0)}


def test_a_task_beyond_the_capacity_is_refused_with_the_numbers() -> None:
    batches = splitting(max_enqueued_batches=2)
    batches.add(task(3), 0.0)
    with pytest.raises(UnavailableError) as caught:
        batches.add(task(6), 0.0)
    assert caught.value.message == (
        "The batch scheduling queue to which this task was submitted is full;"
        " task size is 6 but scheduling capacity is only 5"
        " (num_enqueued_batches=1, max_enqueued_batches=2, open_batch_size=3, max_execution_batch_size=4)"
    )
    assert len(batches.add(task(5), 0.0)) == 2


def test_an_empty_queue_has_room_for_all_its_batches() -> None:
    batches = splitting(max_enqueued_batches=2)
    with pytest.raises(UnavailableError, match=r"capacity is only 8 \(num_enqueued_batches=1"):
        batches.add(task(9), 0.0)
    batches.add(task(8), 0.0)
    assert popped(batches) == [[4], [4]]
