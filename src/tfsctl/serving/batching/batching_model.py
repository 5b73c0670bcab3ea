"""A model in front of another: requests wait for each other and run together (tensorflow-serving.md §4.2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, TypeAlias

import numpy as np

from tfsctl.codec.dtypes import to_numpy
from tfsctl.runtime import CostLearner, InputChecker, Model
from tfsctl.saved_model import SavedModelInfo
from tfsctl.serving.batching.batch_queue import BatchQueue
from tfsctl.serving.batching.batch_runner import BatchRunner
from tfsctl.serving.batching.merging import count_rows
from tfsctl.serving.batching.observer import BatchingObserver, NullObserver
from tfsctl.serving.batching.parameters import BatchingParameters, check_parameters
from tfsctl.serving.batching.scheduler import BatchScheduler
from tfsctl.serving.batching.splitting import join_rows
from tfsctl.serving.batching.task import Arrays, Task
from tfsctl.signature import Signature

_Outputs: TypeAlias = "dict[str, np.ndarray[Any, Any]]"
_TensorSet: TypeAlias = tuple[frozenset[str], frozenset[str]]

# Clients choose the outputs, and could choose every combination of them.
_MAX_KEPT = 256
_NO_OBSERVER = NullObserver()


@dataclass(frozen=True, slots=True)
class _Route:
    """Where requests for one choice of outputs of one signature go, and under which names."""

    queue: BatchQueue
    inputs: Mapping[str, tuple[str, np.dtype[Any]]]  # By alias: the tensor's name and type.
    outputs: Mapping[str, str]  # By alias: the tensor's name.

    def accepts(self, inputs: Arrays) -> bool:
        """Whether `inputs` can stand beside others: of another type they would change or spoil what they meet."""
        expected = self.inputs
        if inputs.keys() != expected.keys():
            return False
        return all(array.dtype == expected[alias][1] for alias, array in inputs.items())


class BatchingModel:
    """Runs what `model` runs, in batches with other requests for the same tensors; answers are those of one's own rows.

    A `tfsctl.runtime.Model`. Dimension 0 of all inputs and outputs is the batch. What cannot be part of a batch goes
    to `model` by itself at once: no rows, inputs of another type than the signature's, aliases that it has not.
    """

    def __init__(
        self,
        model: Model,
        parameters: BatchingParameters,
        scheduler: BatchScheduler,
        *,
        observer: BatchingObserver = _NO_OBSERVER,
    ) -> None:
        """Raises InvalidArgumentError for parameters that do not go (`check_parameters`)."""
        check_parameters(parameters)
        self._model = model
        self._check_inputs = model.check_inputs if isinstance(model, InputChecker) else None
        self._parameters = parameters
        self._scheduler = scheduler
        self._observer = observer
        self._is_closed = False
        self._lock = threading.Lock()  # Held to change the two.
        self._queues: dict[_TensorSet, BatchQueue] = {}
        self._routes: dict[tuple[str, tuple[str, ...]], _Route] = {}

    @property
    def info(self) -> SavedModelInfo:
        """What the SavedModel says of itself."""
        return self._model.info

    def run(
        self,
        signature: Signature,
        inputs: Arrays,
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
        when_answered: Callable[[Sequence[Task]], None] | None = None,
    ) -> _Outputs:
        """See `tfsctl.runtime.Model.run`. The time counts from now on, and is looked at when the batch begins.

        Where the request was part of a batch, `when_answered` is given its tasks, which say when they were run.

        Raises further:
            InvalidArgumentError: the inputs have no common dimension 0, or too many rows, or would harm the process.
            UnavailableError: the queue is full.
            ResourceExhaustedError: the time was over before the batch began.
            FailedPreconditionError: rows differ in shape from those of other requests, or outputs are not batches.
        """
        num_rows = count_rows(inputs)
        self._observer.request_received(num_rows, num_inputs=len(inputs))
        key = (signature.name, tuple(output_names))
        route = self._routes.get(key) or self._find_route(signature, key)
        is_late = timeout_seconds is not None and timeout_seconds <= 0
        if route is None or not num_rows or is_late or self._is_closed or not route.accepts(inputs):
            return self._model.run(signature, inputs, output_names=output_names, timeout_seconds=timeout_seconds)
        if self._check_inputs is not None:  # Before it can spoil what it meets in a batch.
            self._check_inputs(signature, inputs, output_names)
        tensors = {name: inputs[alias] for alias, (name, _) in route.inputs.items()}
        deadline = inf if timeout_seconds is None else time.monotonic() + timeout_seconds
        tasks = self._scheduler.submit(route.queue, Task(tensors, num_rows, deadline=deadline))
        for task in tasks:  # Every piece, also where the first has failed.
            task.wait()
        if when_answered is not None:
            when_answered(tasks)
        outputs = _joined(tasks)
        return {alias: outputs[name] for alias, name in route.outputs.items()}

    def has_steady_cost(self, signature_name: str) -> bool:  # noqa: ARG002 (the protocol's)
        """See `Model.has_steady_cost`: runs wait for one another."""
        return False

    def learn_cost(self, signature: Signature, inputs: Arrays) -> None:
        """See `CostLearner.learn_cost`: the model behind learns, by runs of its own."""
        if isinstance(self._model, CostLearner):
            self._model.learn_cost(signature, inputs)

    def close(self) -> None:
        """Run what waits in the queues, then close the model. May be called again."""
        self._is_closed = True
        self._scheduler.drain(self)
        self._model.close()

    def _find_route(self, signature: Signature, key: tuple[str, tuple[str, ...]]) -> _Route | None:
        """The route for these outputs, made if it is new; None where there can be no queue."""
        with self._lock:
            route = self._new_route(signature, key[1])
            if route is not None:
                _drop_oldest(self._routes)
                self._routes[key] = route
            return route

    def _new_route(self, signature: Signature, output_names: tuple[str, ...]) -> _Route | None:
        if any(alias not in signature.outputs for alias in output_names):
            return None
        inputs = {alias: (spec.tensor_name, to_numpy(spec.dtype)) for alias, spec in signature.inputs.items()}
        fed = frozenset(name for name, _ in inputs.values())
        if len(fed) != len(inputs):
            return None  # The same tensor twice: the model will say what it thinks of that.
        outputs = {alias: signature.outputs[alias].tensor_name for alias in output_names or signature.outputs}
        tensor_set = (fed, frozenset(outputs.values()))
        if tensor_set not in self._queues:
            # A queue that is dropped goes on for those who still use it: they only meet fewer others there.
            _drop_oldest(self._queues)
            self._queues[tensor_set] = self._new_queue(signature, output_names)
        return _Route(self._queues[tensor_set], inputs, outputs)

    def _new_queue(self, signature: Signature, output_names: tuple[str, ...]) -> BatchQueue:
        runner = BatchRunner(self._model, signature, output_names, parameters=self._parameters, observer=self._observer)
        return BatchQueue(self._parameters, runner.run, owner=self)


def _drop_oldest(kept: dict[Any, Any]) -> None:
    if len(kept) >= _MAX_KEPT:
        del kept[next(iter(kept))]


def _joined(tasks: Sequence[Task]) -> Arrays:
    """The outputs of a task, or of all its pieces."""
    if len(tasks) == 1:
        return tasks[0].outputs()
    return join_rows([task.outputs() for task in tasks])
