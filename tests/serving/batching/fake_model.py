"""A model for the tests of batching: doubles `x`, notes what it is asked for, and waits at a gate where wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfsctl.data_type import DataType
from tfsctl.errors import TfsctlError, UnavailableError
from tfsctl.saved_model import SavedModelInfo
from tfsctl.signature import Signature, TensorSpec

WAIT_SECONDS = 30.0


def tensor_spec(name: str, dtype: DataType = DataType.FLOAT) -> TensorSpec:
    return TensorSpec(tensor_name=f"{name}:0", dtype=dtype, shape=None)


DOUBLE = Signature(name="double", inputs={"x": tensor_spec("x")}, outputs={"y": tensor_spec("y")})
# The same tensors under other names.
AGAIN = Signature(name="again", inputs={"input": tensor_spec("x")}, outputs={"output": tensor_spec("y")})
TWO_OUTPUTS = Signature(
    name="two", inputs={"x": tensor_spec("x")}, outputs={"y": tensor_spec("y"), "z": tensor_spec("z")}
)
TWO_INPUTS = Signature(
    name="pair", inputs={"a": tensor_spec("a"), "b": tensor_spec("b")}, outputs={"y": tensor_spec("y")}
)
NO_INPUTS = Signature(name="none", inputs={}, outputs={"y": tensor_spec("y")})


class FakeModel:
    """Every output is twice the first input, or what `answer` makes of that. Closed models refuse to run."""

    def __init__(self, answer: Callable[[Any], Any] = lambda x: 2 * x) -> None:
        self.runs: list[dict[str, np.ndarray[Any, Any]]] = []
        self.timeouts: list[float | None] = []
        self.signatures: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Semaphore(0)
        self.error: Exception | None = None
        self.is_closed = False
        self._answer = answer

    @property
    def info(self) -> SavedModelInfo:
        signatures = {each.name: each for each in (DOUBLE, AGAIN, TWO_OUTPUTS, TWO_INPUTS, NO_INPUTS)}
        return SavedModelInfo(
            path=Path("fake"),
            tags=("serve",),
            signatures=signatures,
            signature_defs={},
            ops=(),
            tensorflow_version="",
        )

    @property
    def batch_sizes(self) -> list[int]:
        return [len(next(iter(inputs.values()))) for inputs in self.runs]

    def has_steady_cost(self, signature_name: str) -> bool:
        return True

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, np.ndarray[Any, Any]],
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        if self.is_closed:
            raise UnavailableError("closed")
        self.runs.append(dict(inputs))
        self.timeouts.append(timeout_seconds)
        self.signatures.append(signature.name)
        self.arrived.release()
        assert self.gate.wait(WAIT_SECONDS)
        if self.error is not None:
            raise self.error
        return {alias: self._answer(next(iter(inputs.values()))) for alias in output_names or signature.outputs}

    def close(self) -> None:
        self.is_closed = True

    def wait_for_run(self) -> None:
        """Wait until a run has begun that this has not waited for yet."""
        assert self.arrived.acquire(timeout=WAIT_SECONDS)


class Caller:
    """Calls a function in a thread of its own."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._result: Any = None
        self._error: TfsctlError | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> Any:
        """What it returned; raises what it raised."""
        self._thread.join(WAIT_SECONDS)
        assert not self._thread.is_alive()
        if self._error is not None:
            raise self._error
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._call()
        except TfsctlError as error:
            self._error = error
