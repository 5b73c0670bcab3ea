"""A task: what one caller wants run as part of a batch, and the place where it waits for its outputs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

import numpy as np

from tfsctl.errors import TfsctlError
from tfsctl.serving.batching.splitting import split_rows

Arrays: TypeAlias = "Mapping[str, np.ndarray[Any, Any]]"


class Task:
    """Input tensors by their names, each with `size` rows. Answered once, by any thread; waited for by one.

    `deadline`, `enqueued_at` and `dequeued_at` are times of `time.monotonic`; a task without a deadline has infinity.
    """

    __slots__ = ("_done", "_error", "_outputs", "deadline", "dequeued_at", "enqueued_at", "inputs", "size")

    def __init__(self, inputs: Arrays, size: int, *, deadline: float = inf) -> None:
        self.inputs = inputs
        self.size = size
        self.deadline = deadline
        self.enqueued_at = 0.0
        self.dequeued_at = 0.0
        self._outputs: Arrays = {}
        self._error: TfsctlError | None = None
        # Taken until there is an answer: the cheapest thing that a thread can wait for.
        self._done = threading.Lock()
        self._done.acquire()

    def split(self, sizes: Sequence[int]) -> list[Task]:
        """Tasks for the same rows, `sizes` of them each, in order."""
        return [
            Task(inputs, size, deadline=self.deadline)
            for size, inputs in zip(sizes, split_rows(self.inputs, sizes), strict=True)
        ]

    def succeed(self, outputs: Arrays) -> None:
        """Give the caller its outputs."""
        self._outputs = outputs
        self._done.release()

    def fail(self, error: TfsctlError) -> None:
        """Let the caller raise `error`, which may be that of other tasks too."""
        self._error = error
        self._done.release()

    def wait(self) -> None:
        """Wait until there is an answer. For one call, as `succeed` and `fail` are."""
        self._done.acquire()

    def outputs(self) -> Arrays:
        """The outputs by tensor name, once there is an answer; raises a copy of the error, for each thread its own."""
        error = self._error
        if error is not None:
            raise type(error)(error.message, hint=error.hint) from error
        return self._outputs
