"""LiteRT's interpreters, and a pool of them: each has memory for one run at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from tfsctl.errors import DeadlineExceededError, FailedPreconditionError

_MAX_WAIT_SECONDS = 1e6

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Graph:
    """One graph of a model, by the names of its tensors.

    Attributes:
        runner: The name of the signature whose runner runs it; None for the first graph, which runs without one.
        inputs: For each input its index, or what the runner calls it. A run takes all of them.
        outputs: Likewise.
    """

    runner: str | None
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


def interpreter_class() -> Any:
    """LiteRT's Interpreter; raises FailedPreconditionError if LiteRT is not installed."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        hint = "pip install 'tfsctl[tflite]'"
        raise FailedPreconditionError(f"LiteRT cannot be imported ({error}); install it: {hint}") from error
    return Interpreter


class LitertInterpreter:
    """One interpreter; not thread-safe. After an error it is of no more use.

    Raises ValueError or RuntimeError where LiteRT does not take the model, or the inputs.
    """

    def __init__(self, content: bytes) -> None:
        self.litert = interpreter_class()(model_content=content, num_threads=1)
        self.litert.allocate_tensors()
        self._shapes: dict[int, tuple[int, ...]] = {}
        self._runners: dict[str, Any] = {}

    def run(self, graph: Graph, inputs: Mapping[str, Array], outputs: Sequence[str]) -> list[Any]:
        """The values of `outputs`. Scalars are plain values of numpy's."""
        if graph.runner is not None:
            return self._run_by_runner(graph.runner, graph, inputs, outputs)
        arrays = [(graph.inputs[name], array) for name, array in inputs.items()]
        changed = [(index, array.shape) for index, array in arrays if self._shapes.get(index) != array.shape]
        if changed:
            for index, shape in changed:
                self.litert.resize_tensor_input(index, shape)
            self.litert.allocate_tensors()
            self._shapes.update(changed)
        for index, array in arrays:
            self.litert.set_tensor(index, array)
        self.litert.invoke()
        return [self.litert.get_tensor(graph.outputs[name]) for name in outputs]

    def _run_by_runner(self, name: str, graph: Graph, inputs: Mapping[str, Array], outputs: Sequence[str]) -> list[Any]:
        runner = self._runners.get(name)
        if runner is None:
            runner = self._runners[name] = self.litert.get_signature_runner(name)
        values = runner(**{graph.inputs[name]: array for name, array in inputs.items()})
        return [values[graph.outputs[name]] for name in outputs]


class InterpreterPool:
    """Lends up to `size` interpreters, of which `first` is one; `make` makes another when it is needed. Thread-safe.

    Who waits longest comes first.
    """

    def __init__(self, first: LitertInterpreter, make: Callable[[], LitertInterpreter], *, size: int) -> None:
        self._make = make
        self._lock = threading.Lock()
        # Those used last are lent first: their memory is warm, and the others need not be made (None).
        self._free: list[LitertInterpreter | None] = [*[None] * (size - 1), first]
        self._waiting: deque[_Waiting] = deque()

    @contextmanager
    def lend(self, timeout_seconds: float | None) -> Iterator[LitertInterpreter]:
        """An interpreter for one run; raises DeadlineExceededError where none becomes free in time."""
        interpreter = self._take(timeout_seconds)
        usable = None
        try:
            lent = interpreter if interpreter is not None else self._make()
            yield lent
            usable = lent
        finally:
            self._give_back(usable)

    def _take(self, timeout_seconds: float | None) -> LitertInterpreter | None:
        with self._lock:
            if self._free:
                return self._free.pop()
            waiting = _Waiting()
            self._waiting.append(waiting)
        if not waiting.is_served.wait(None if timeout_seconds is None else min(timeout_seconds, _MAX_WAIT_SECONDS)):
            with self._lock:
                if not waiting.is_served.is_set():
                    self._waiting.remove(waiting)
                    raise DeadlineExceededError("The deadline was over before an interpreter was free.")
        return waiting.interpreter

    def _give_back(self, interpreter: LitertInterpreter | None) -> None:
        with self._lock:
            if not self._waiting:
                self._free.append(interpreter)
                return
            waiting = self._waiting.popleft()
            waiting.interpreter = interpreter
            waiting.is_served.set()


class _Waiting:
    """Somebody who waits for an interpreter."""

    def __init__(self) -> None:
        self.interpreter: LitertInterpreter | None = None
        self.is_served = threading.Event()
