"""Decides which signatures run in the calling thread instead of in TensorFlow's threads.

Handing a run over to TensorFlow's thread pool and waiting for it costs some 30 microseconds, which is more than a
small model takes. In the calling thread this is saved, but there a run cannot be cut short by its deadline, and
operations that do not depend on one another run one after the other. So a signature runs in the calling thread only if

* it has neither loops nor branches: with them the pool was faster when several callers shared it;
* it was seen to be faster there, in a few runs after loading, with inputs of zeros, or of a warm-up where zeros do not
  do. That is not tried with a graph that might change something, nor for longer than a moment;
* this request is expected to take little time, in itself and beside its deadline. What to expect is scaled up from the
  runs that were measured, by the number of elements in the inputs.

A signature that turns out slower than expected goes to the pool from then on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import ResourceExhaustedError, TfsctlError
from tfsctl.signature import Signature, TensorSpec

Arrays = dict[str, "np.ndarray[Any, Any]"]
# Runs the signature; the second argument says whether in the calling thread.
Run = Callable[[Arrays, bool], object]

# A run expected to take longer gains nothing worth having.
MAX_SECONDS = 0.02
# Of the time until the deadline.
_MAX_SHARE_OF_DEADLINE = 0.1
# A run that took so many times MAX_SECONDS was not worth its trust.
_TOLERANCE = 10
_NUM_PROBES = 5
_MAX_PROBE_SECONDS = 0.002
_MAX_TRYING_SECONDS = 0.05
_MAX_PROBE_ELEMENTS = 64 * 1024
_PROBE_BATCH = 32
# No operation is faster than this; also keeps noise from making the growth zero or negative.
_MIN_SECONDS_PER_ELEMENT = 1e-9


@dataclass(slots=True)
class CallingThread:
    """What a run of one signature costs in the calling thread: `seconds`, and more for each element of its inputs.

    Changed by one attribute at a time: safe in any thread.
    """

    seconds: float
    seconds_per_element: float

    def suits(self, num_elements: int, timeout_seconds: float | None) -> bool:
        """Whether a run with inputs of so many elements should stay in the calling thread."""
        expected = self.seconds + num_elements * self.seconds_per_element
        return expected <= MAX_SECONDS and (
            timeout_seconds is None or expected <= timeout_seconds * _MAX_SHARE_OF_DEADLINE
        )

    def learn(self, seconds: float) -> None:
        """Take note of what a run took."""
        if seconds > MAX_SECONDS * _TOLERANCE:
            self.seconds = math.inf


def measure(signature: Signature, run: Run, inputs: Arrays | None = None) -> CallingThread | None:
    """What `signature` costs in the calling thread, found by running it; None if the pool is the better place.

    It is run with `inputs`, or with examples.
    """
    try:
        if inputs is None:
            inputs = example_inputs(signature, batch_size=1)
        _check_size(signature.outputs)
        if not _is_quick(run, inputs):
            return None
        in_pool, here = _compare(run, inputs)
        if here >= in_pool:
            return None
        return CallingThread(seconds=here, seconds_per_element=_growth(signature, run, num_elements(inputs), here))
    except TfsctlError:  # Not every model runs with zeros.
        return None


def example_inputs(signature: Signature, *, batch_size: int) -> Arrays:
    """Inputs of zeros and empty strings: `batch_size` stands for an unknown first dimension, 1 for other unknown ones.

    Raises ResourceExhaustedError if they would be large.
    """
    _check_size(signature.inputs, batch_size)
    arrays: Arrays = {}
    for alias, spec in signature.inputs.items():
        shape = _example_shape(spec.shape, batch_size)
        is_string = spec.dtype == DataType.STRING
        arrays[alias] = np.full(shape, b"", object) if is_string else np.zeros(shape, to_numpy(spec.dtype))
    return arrays


def _check_size(specs: Mapping[str, TensorSpec], batch_size: int = 1) -> None:
    for alias, spec in specs.items():
        if math.prod(_example_shape(spec.shape, batch_size)) > _MAX_PROBE_ELEMENTS:
            raise ResourceExhaustedError(f"Tensor {alias} is too large to be tried.")


def _example_shape(shape: tuple[int, ...] | None, batch_size: int) -> tuple[int, ...]:
    if shape is None:
        return () if batch_size == 1 else (batch_size,)
    return tuple(size if size >= 0 else 1 if axis else batch_size for axis, size in enumerate(shape))


def num_elements(inputs: Mapping[str, np.ndarray[Any, Any]]) -> int:
    """How many numbers or strings all inputs have together."""
    return sum([array.size for array in inputs.values()])


def _is_quick(run: Run, inputs: Arrays) -> bool:
    """Whether any of the runs of a moment is short: others may be held up by what else the process does meanwhile."""
    run(inputs, False)  # TensorFlow optimizes the graph: does not count.
    end = time.perf_counter() + _MAX_TRYING_SECONDS
    while _seconds(run, inputs, in_calling_thread=False) > _MAX_PROBE_SECONDS:
        if time.perf_counter() > end:
            return False
    return True


def _compare(run: Run, inputs: Arrays) -> tuple[float, float]:
    """The shortest time of a few runs in the pool and in the calling thread, which take turns."""
    in_pool = here = math.inf
    for _ in range(_NUM_PROBES):
        in_pool = min(in_pool, _seconds(run, inputs, in_calling_thread=False))
        here = min(here, _seconds(run, inputs, in_calling_thread=True))
    return in_pool, here


def _growth(signature: Signature, run: Run, size: int, seconds: float) -> float:
    """How much longer a run takes for each further element of its inputs."""
    try:
        batch = example_inputs(signature, batch_size=_PROBE_BATCH)
        further = num_elements(batch) - size
        if further > 0:
            longer = _seconds(run, batch, in_calling_thread=True, num_runs=_NUM_PROBES) - seconds
            return max(longer / further, _MIN_SECONDS_PER_ELEMENT)
    except TfsctlError:
        pass
    return seconds / max(size, 1)  # Nothing is known: the whole time may be due to the elements.


def _seconds(run: Run, inputs: Arrays, *, in_calling_thread: bool, num_runs: int = 1) -> float:
    """The shortest time that one of some runs takes."""
    shortest = math.inf
    for _ in range(num_runs):
        start = time.perf_counter()
        run(inputs, in_calling_thread)
        shortest = min(shortest, time.perf_counter() - start)
    return shortest
