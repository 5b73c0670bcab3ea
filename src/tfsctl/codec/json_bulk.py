"""The fast path for large numeric bodies: simdjson reads the numbers into one buffer, without a Python object for each.

The buffer is flat. That the lists are as regular as the first elements say is proven on the text: with digits and white
space taken away, what remains (the skeleton) is wholly determined by the keys and the shapes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import simdjson

from tfsctl.codec.json_dense import INTEGER_RANGES, Shape
from tfsctl.codec.json_fast import FLOATS, NotPlainError, from_inferred, may_have_huge_power
from tfsctl.data_type import DataType
from tfsctl.signature import TensorSpec

_PLAIN_NUMBERS = b"0123456789-. \t\r\n"
_NUMBERS = b"eE+" + _PLAIN_NUMBERS
_FIRST_NUMBER = re.compile(rb"[\[ \t\r\n]*[-0-9]")
_MAX_NUM_KEYS = 8
_MAX_KEPT_SIZE = 1 << 20  # Bytes. For a larger body the parser's memory, a few times as much, is not kept.
_of_thread = threading.local()


class BulkBody:
    """A large body in which all tensors are lists of numbers. NotPlainError for all others, here or later."""

    def __init__(self, body: bytes) -> None:
        if b"\\" in body or _FIRST_NUMBER.match(body, body.find(b"[")) is None:
            raise NotPlainError
        self.document: dict[str, Any] = _members(_parse(body))
        _check_regular(body, self.document)

    def rows(self, instances: Any, specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray]:
        """The tensor of `instances`, for a signature with one input."""
        if not isinstance(instances, simdjson.Array) or len(specs) != 1:
            raise NotPlainError
        return {alias: self._tensor(instances, spec.dtype) for alias, spec in specs.items()}

    def columns(self, inputs: Any, specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray]:
        """The tensors of `inputs`."""
        if isinstance(inputs, simdjson.Array):
            return self.rows(inputs, specs)
        values = _members(inputs)
        if not specs.keys() <= values.keys():
            raise NotPlainError
        return {alias: self._tensor(values[alias], spec.dtype) for alias, spec in specs.items()}

    def _tensor(self, value: Any, dtype: DataType) -> np.ndarray:
        if not isinstance(value, simdjson.Array):
            raise NotPlainError
        shape = _shape_of(value)
        array = _flat_array(value, dtype)
        # Without this `[[1], []]` would pass: its skeleton is that of `[[1], [2]]`.
        if array.size != prod(shape):
            raise NotPlainError
        try:
            return from_inferred(array, dtype).reshape(shape)
        except ValueError:
            raise NotPlainError from None


def _parse(body: bytes) -> Any:
    """The root. A parser can be used again when nothing of its last document is left, and has its memory then."""
    if not hasattr(_of_thread, "parser"):
        _of_thread.parser = simdjson.Parser()
    try:
        if len(body) <= _MAX_KEPT_SIZE:
            return _of_thread.parser.parse(body)
    except (ValueError, RuntimeError, MemoryError):
        pass  # Perhaps the document of another request is still alive in this thread.
    try:
        return simdjson.Parser().parse(body)
    except (ValueError, RuntimeError, MemoryError):
        raise NotPlainError from None


def _members(document: Any) -> dict[str, Any]:
    if not isinstance(document, simdjson.Object) or len(document) > _MAX_NUM_KEYS:
        raise NotPlainError
    keys = list(document.keys())
    return {key: document[key] for key in keys}


def _shape_of(value: Any) -> Shape:
    lengths: list[int] = []
    while isinstance(value, simdjson.Array):
        lengths.append(len(value))
        if not lengths[-1]:
            raise NotPlainError
        value = value[0]
    if type(value) is not int and type(value) is not float:
        raise NotPlainError
    return tuple(lengths)


def _flat_array(value: Any, dtype: DataType) -> np.ndarray:
    code = _buffer_code(dtype)
    try:
        return np.frombuffer(value.as_buffer(of_type=code), dtype={"d": "f8", "i": "i8", "u": "u8"}[code])
    except (TypeError, ValueError):
        raise NotPlainError from None


def _buffer_code(dtype: DataType) -> str:
    if dtype in FLOATS:
        return "d"
    if dtype not in INTEGER_RANGES:
        raise NotPlainError
    return "u" if dtype is DataType.UINT64 else "i"


def _check_regular(body: bytes, document: Mapping[str, Any]) -> None:
    """NotPlainError unless the text has each member once, and in them regular lists of numbers that TF Serving takes.

    (How many numbers there are is still to be checked.)
    """
    if body.translate(None, _PLAIN_NUMBERS) == _Skeleton(_PLAIN_NUMBERS, len(body)).of_object(document):
        return
    if body.translate(None, _NUMBERS) != _Skeleton(_NUMBERS, len(body)).of_object(document):
        raise NotPlainError
    if may_have_huge_power(body):
        raise NotPlainError


@dataclass(frozen=True, slots=True)
class _Skeleton:
    """What is left of a regular text when the bytes in `removed` are taken away."""

    removed: bytes
    text_size: int

    def of_object(self, members: Mapping[str, Any]) -> bytes:
        parts = [self._of_string(key) + b":" + self._of_value(value) for key, value in members.items()]
        return b"{" + b",".join(parts) + b"}"

    def _of_value(self, value: Any) -> bytes:
        if isinstance(value, simdjson.Array):
            return self._of_list(_shape_of(value))
        if isinstance(value, str):
            return self._of_string(value)
        return self.of_object(_members(value))

    def _of_string(self, text: str) -> bytes:
        return b'"' + text.encode().translate(None, self.removed) + b'"'

    def _of_list(self, shape: Shape) -> bytes:
        if prod(shape) > self.text_size:
            raise NotPlainError  # The first elements promise more than there is.
        skeleton = b"[" + b"," * (shape[-1] - 1) + b"]"
        for length in reversed(shape[:-1]):
            skeleton = b"[" + (skeleton + b",") * (length - 1) + skeleton + b"]"
        return skeleton
