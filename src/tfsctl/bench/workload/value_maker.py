"""Values of any type that TensorFlow has: random, zeros, or ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsctl.client.input_check import describe
from tfsctl.data_type import DataType
from tfsctl.errors import UsageError
from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputRange
    from tfsctl.signature import Signature

_FLOATS = {DataType.FLOAT, DataType.HALF, DataType.BFLOAT16, DataType.FLOAT8_E5M2, DataType.FLOAT8_E4M3FN}
_COMPLEX = {DataType.COMPLEX64, DataType.COMPLEX128}
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz", np.uint8)
_TEXT_LENGTH = 8.0
_CONSTANT_TEXTS = {"zeros": b"", "ones": b"1"}
_EMPTY_EXAMPLE = b""  # A tf.Example without features.
_MAX_INT64 = 2**63 - 1


class ValueMaker:
    """Makes the inputs of a signature, the same for the same seed.

    Random floats lie between 0 and 1, integers are 0 or 1, which is a valid index nearly everywhere, and strings are
    eight letters, unless a range says otherwise. Signatures that classify or regress get empty tf.Examples.
    """

    def __init__(self, signature: Signature, ranges: Sequence[InputRange], *, values: str, seed: int) -> None:
        self._signature = signature
        self._ranges = {given.alias: given for given in ranges}
        self._values = values
        self._random = np.random.default_rng(seed)

    def make(self, alias: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """One input; UsageError where a range does not go with its type."""
        dtype = self._signature.inputs[alias].dtype
        if dtype is DataType.STRING:
            return self._texts(alias, shape)
        if self._values != "random":
            return np.full(shape, self._values == "ones", dtype=np.bool_ if dtype is DataType.BOOL else np.uint8)
        if dtype is DataType.BOOL:
            return self._random.random(shape) < 0.5
        if dtype in _COMPLEX:
            return self._floats(alias, shape) + 1j * self._floats(alias, shape)
        if dtype is DataType.DOUBLE:
            return self._floats(alias, shape)
        if dtype in _FLOATS:
            return self._floats(alias, shape).astype(np.float32)
        return self._integers(alias, shape)

    def _floats(self, alias: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        low, high = self._range(alias, 0.0, 1.0)
        return np.asarray(self._random.uniform(low, high, shape))

    def _integers(self, alias: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        low, high = self._whole_range(alias, 0.0, 1.0)
        return np.asarray(self._random.integers(low, high, shape, dtype=np.int64, endpoint=True))

    def _texts(self, alias: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        texts = np.empty(shape, dtype=object)
        is_example = self._signature.method_name in {CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME}
        constant = _EMPTY_EXAMPLE if is_example else _CONSTANT_TEXTS.get(self._values)
        shortest, longest = self._whole_range(alias, _TEXT_LENGTH, _TEXT_LENGTH)
        if shortest < 0:
            raise UsageError(f'A text of {shortest} letters cannot be made for input "{alias}".')
        for index in np.ndindex(shape):
            length = int(self._random.integers(shortest, longest, endpoint=True))
            letters = self._random.choice(_LETTERS, length)
            texts[index] = letters.tobytes() if constant is None else constant
        return texts

    def _whole_range(self, alias: str, low: float, high: float) -> tuple[int, int]:
        low, high = self._range(alias, low, high)
        if low != int(low) or high != int(high) or max(-low, high) > _MAX_INT64:
            wanted = describe(self._signature.inputs[alias])
            raise UsageError(f'Input "{alias}" takes {wanted}: a range from {low:g} to {high:g} is not for it.')
        return int(low), min(int(high), _MAX_INT64)

    def _range(self, alias: str, low: float, high: float) -> tuple[float, float]:
        given = self._ranges.get(alias, self._ranges.get(None))
        return (low, high) if given is None else (given.low, given.high)
