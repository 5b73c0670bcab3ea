"""How requests are put together: the numbers of a BatchingParameters message, and what is wrong with them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tfsctl.errors import InvalidArgumentError

DEFAULT_MAX_BATCH_SIZE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchingParameters:
    """TensorFlow Serving's BatchingParameters with its defaults (tensorflow-serving.md §4.1).

    Making one checks nothing: bad values are a matter of loading the model that they are for.

    Attributes:
        max_batch_size: The most rows in a task and, without splitting, in a batch.
        batch_timeout_micros: How long the first task of a batch waits for more; 0 only while no thread is free.
        max_enqueued_batches: The most batches that wait in one queue; more tasks are refused.
        num_batch_threads: How many batches run at once, of all models together.
        thread_pool_name: The name of these threads.
        allowed_batch_sizes: Batches are filled up to one of these; empty: any size will do.
        pad_variable_length_inputs: Fill up all dimensions but the first to the largest of the batch.
        enable_large_batch_splitting: Cut tasks where they do not fit into a batch.
        max_execution_batch_size: With splitting, the most rows in a batch; None: `max_batch_size`.
    """

    max_batch_size: int = DEFAULT_MAX_BATCH_SIZE
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    thread_pool_name: str = "batch_threads"
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool = False
    enable_large_batch_splitting: bool = False
    max_execution_batch_size: int | None = None

    @property
    def largest_batch(self) -> int:
        """The most rows that run at once, those added to reach an allowed size aside."""
        if not self.enable_large_batch_splitting or self.max_execution_batch_size is None:
            return self.max_batch_size
        return self.max_execution_batch_size


def check_threads(parameters: BatchingParameters) -> None:
    """Raise InvalidArgumentError where the server could not start with these."""
    if parameters.num_batch_threads < 1:
        raise InvalidArgumentError(f"num_batch_threads must be positive; was {parameters.num_batch_threads}")


def check_parameters(parameters: BatchingParameters) -> None:
    """Raise InvalidArgumentError where no model could be batched like this; its load fails (§4.1, §14)."""
    _check_allowed_batch_sizes(parameters)
    if parameters.max_batch_size < 1:
        raise InvalidArgumentError(f"max_batch_size must be positive; was {parameters.max_batch_size}")
    if parameters.batch_timeout_micros < 0:
        raise InvalidArgumentError(f"batch_timeout_micros must be non-negative; was {parameters.batch_timeout_micros}")
    if parameters.max_enqueued_batches < (1 if parameters.enable_large_batch_splitting else 0):
        raise InvalidArgumentError(f"max_enqueued_batches must be positive; was {parameters.max_enqueued_batches}")
    if parameters.enable_large_batch_splitting:
        _check_splitting(parameters)


def _check_allowed_batch_sizes(parameters: BatchingParameters) -> None:
    sizes = parameters.allowed_batch_sizes
    if sizes and sizes[-1] != parameters.max_batch_size:
        raise InvalidArgumentError(
            "Last entry in allowed_batch_sizes must match max_batch_size;"
            f" last entry was {sizes[-1]}; expected {parameters.max_batch_size}"
        )


def _check_splitting(parameters: BatchingParameters) -> None:
    if parameters.largest_batch < 1:
        raise InvalidArgumentError(f"max_execution_batch_size must be positive; was {parameters.largest_batch}")
    if parameters.largest_batch > parameters.max_batch_size:
        raise InvalidArgumentError(
            "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to"
            " max_execution_batch_size.",
            hint=f"max_execution_batch_size is {parameters.largest_batch}, max_batch_size {parameters.max_batch_size}.",
        )
