"""What can be known of batching while it goes on, for whoever measures it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class BatchingObserver(Protocol):
    """Told what happens to batches (tensorflow-serving.md §7.2). Called by several threads; must be quick, never raise.

    The names of the metrics that belong to a method stand behind it.
    """

    def queues_made(self, *, num_waiting_batches: Callable[[], int], num_running_batches: Callable[[], int]) -> None:
        """There is batching: from now on these say how many batches wait, open ones included, and how many run."""

    def request_received(self, num_rows: int, *, num_inputs: int) -> None:
        """A request with so many rows, in each of its `num_inputs` tensors: input_batch_size, once for each."""

    def task_dequeued(self, queuing_seconds: float) -> None:
        """A task leaves its queue, to be run or given up: queuing_latency."""

    def batch_formed(self, num_rows: int, *, num_padding_rows: int) -> None:
        """The tensors of a batch are about to be put together. `num_rows` includes the padding.

        processed_batch_size; padding_size.
        """

    def batch_run(self) -> None:
        """The model has been called for a batch, with or without success: wrapped_run_count."""


class NullObserver:
    """Takes no notice."""

    def queues_made(self, *, num_waiting_batches: Callable[[], int], num_running_batches: Callable[[], int]) -> None:
        """See `BatchingObserver`."""

    def request_received(self, num_rows: int, *, num_inputs: int) -> None:
        """See `BatchingObserver`."""

    def task_dequeued(self, queuing_seconds: float) -> None:
        """See `BatchingObserver`."""

    def batch_formed(self, num_rows: int, *, num_padding_rows: int) -> None:
        """See `BatchingObserver`."""

    def batch_run(self) -> None:
        """See `BatchingObserver`."""
