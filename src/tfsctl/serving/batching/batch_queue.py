"""The tasks that may run together, in batches: what is full, what is due, what is refused (tensorflow-serving.md §4.3).

Nothing here waits or locks: a `BatchScheduler` does both.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from math import inf

from tfsctl.errors import InvalidArgumentError, UnavailableError
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.splitting import piece_sizes
from tfsctl.serving.batching.task import Task

Batch = list[Task]


class BatchQueue:
    """Batches in the order of their first tasks; the last one is open. For one thread at a time.

    Args:
        parameters: Checked ones.
        process: Runs a batch and answers all of its tasks; never raises.
        owner: Whose queue it is: `BatchScheduler.drain` takes all of an owner's together.
    """

    def __init__(self, parameters: BatchingParameters, process: Callable[[Batch], None], *, owner: object) -> None:
        self.process = process
        self.owner = owner
        self._max_task_size = parameters.max_batch_size
        self._max_batch_size = parameters.largest_batch
        self._timeout_seconds = parameters.batch_timeout_micros / 1e6
        self._splits = parameters.enable_large_batch_splitting
        self._max_batches = max(1, parameters.max_enqueued_batches)
        self._batches: deque[Batch] = deque()
        self._open_size = 0
        self._is_closed = False

    def __bool__(self) -> bool:
        return bool(self._batches)

    def __len__(self) -> int:
        """How many batches there are, the open one included."""
        return len(self._batches)

    def add(self, task: Task, now: float) -> Sequence[Task]:
        """Put a task at the end; returns the tasks it has become, itself or its pieces.

        Raises:
            InvalidArgumentError: it is too large for any batch.
            UnavailableError: the queue is full. Nothing of the task was added.
        """
        if task.size > self._max_task_size:
            raise InvalidArgumentError(
                f"Task size {task.size} is larger than maximum input batch size {self._max_task_size}"
            )
        pieces = self._split(task) if self._splits else self._whole(task)
        for piece in pieces:
            piece.enqueued_at = now
            if not self._batches or self._open_size + piece.size > self._max_batch_size:
                self._batches.append([])
                self._open_size = 0
            self._batches[-1].append(piece)
            self._open_size += piece.size
        return pieces

    def close(self) -> None:
        """Wait for no more tasks: from now on every batch is due at once."""
        self._is_closed = True

    def due_at(self) -> float:
        """When the first batch may run: the past where it is full or closed, infinity where there is none."""
        if not self._batches:
            return inf
        if len(self._batches) > 1 or self._is_closed or self._open_size >= self._max_batch_size:
            return -inf
        return self._batches[0][0].enqueued_at + self._timeout_seconds

    def pop(self) -> Batch:
        """Take the first batch away."""
        return self._batches.popleft()

    def _whole(self, task: Task) -> Sequence[Task]:
        num_batches = len(self._batches)
        if num_batches >= self._max_batches and self._open_size + task.size > self._max_batch_size:
            raise UnavailableError(
                "The batch scheduling queue to which this task was submitted is full;"
                f" currently {num_batches} batches enqueued and max_enqueued_batches is {self._max_batches}"
            )
        return (task,)

    def _split(self, task: Task) -> Sequence[Task]:
        # TF Serving counts an open batch even where it is empty.
        num_batches = max(1, len(self._batches))
        open_size = self._open_size if self._batches else 0
        room = self._max_batch_size - open_size
        capacity = (self._max_batches - num_batches) * self._max_batch_size + room
        if task.size > capacity:
            raise UnavailableError(
                "The batch scheduling queue to which this task was submitted is full;"
                f" task size is {task.size} but scheduling capacity is only {capacity}"
                f" (num_enqueued_batches={num_batches}, max_enqueued_batches={self._max_batches},"
                f" open_batch_size={open_size}, max_execution_batch_size={self._max_batch_size})"
            )
        if task.size <= room:
            return (task,)
        return task.split(piece_sizes(task.size, room=room, max_batch_size=self._max_batch_size))
