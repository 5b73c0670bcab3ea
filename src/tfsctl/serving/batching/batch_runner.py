"""Runs batches of one queue: the tasks' tensors together through the model, and each caller its rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeAlias

import numpy as np

from tfsctl.errors import InternalError, ResourceExhaustedError, TfsctlError
from tfsctl.runtime import Model
from tfsctl.serving.batching.merging import merge_tasks, split_outputs
from tfsctl.serving.batching.observer import BatchingObserver
from tfsctl.serving.batching.padding import padded_batch_size
from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.batching.task import Task
from tfsctl.signature import Signature

Arrays: TypeAlias = "Mapping[str, np.ndarray[Any, Any]]"

_LOGGER = logging.getLogger("tfsctl.serving")


class BatchRunner:
    """Runs batches of tasks through `signature`; those of other signatures with the same tensors too. Thread-safe."""

    def __init__(
        self,
        model: Model,
        signature: Signature,
        output_names: Sequence[str],
        *,
        parameters: BatchingParameters,
        observer: BatchingObserver,
    ) -> None:
        self._model = model
        self._signature = signature
        self._output_names = tuple(output_names)
        self._parameters = parameters
        self._observer = observer

    def run(self, tasks: Sequence[Task]) -> None:
        """Answer all of `tasks`: with their outputs, or all with the same error. Never raises."""
        try:
            deadline = self._dequeue(tasks)
            for task, outputs in zip(tasks, self._run(tasks, deadline), strict=True):
                task.succeed(outputs)
        except Exception as problem:  # noqa: BLE001 (handed to those who wait: without an answer they would wait for ever)
            error = _to_error(problem)
            for task in tasks:
                task.fail(error)

    def _dequeue(self, tasks: Sequence[Task]) -> float:
        """The latest deadline. A task that is too late runs along with others; where all are, none does."""
        now = time.monotonic()
        for task in tasks:
            task.dequeued_at = now
            self._observer.task_dequeued(now - task.enqueued_at)
        deadline = max(task.deadline for task in tasks)
        if deadline <= now:
            raise ResourceExhaustedError("Run() timeout exceeded while waiting in batching queue")
        return deadline

    def _run(self, tasks: Sequence[Task], deadline: float) -> list[dict[str, np.ndarray[Any, Any]]]:
        sizes = [task.size for task in tasks]
        num_padding_rows = self._num_padding_rows(sum(sizes))
        self._observer.batch_formed(sum(sizes) + num_padding_rows, num_padding_rows=num_padding_rows)
        merged = merge_tasks(
            [task.inputs for task in tasks],
            num_padding_rows=num_padding_rows,
            pads_rows=self._parameters.pad_variable_length_inputs,
        )
        return split_outputs(self._run_model(merged, deadline), sizes, num_padding_rows)

    def _run_model(self, inputs: Arrays, deadline: float) -> Arrays:
        specs = self._signature.inputs
        self._observer.batch_run()
        outputs = self._model.run(
            self._signature,
            {alias: inputs[spec.tensor_name] for alias, spec in specs.items()},
            output_names=self._output_names,
            timeout_seconds=None if deadline == inf else deadline - time.monotonic(),
        )
        return {self._signature.outputs[alias].tensor_name: array for alias, array in outputs.items()}

    def _num_padding_rows(self, num_rows: int) -> int:
        allowed = self._parameters.allowed_batch_sizes
        padded = padded_batch_size(num_rows, allowed)
        if allowed and padded not in allowed:
            _LOGGER.warning("Batch size %d is larger than every allowed batch size: it runs without padding.", num_rows)
        return padded - num_rows


def _to_error(problem: Exception) -> TfsctlError:
    if isinstance(problem, TfsctlError):
        return problem
    if isinstance(problem, MemoryError):
        return ResourceExhaustedError("No memory for a batch.")
    _LOGGER.error("A batch failed.", exc_info=problem)
    return InternalError(f"A batch failed: {problem}")
