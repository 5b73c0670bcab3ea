"""Small predict bodies to gRPC messages and back, without numpy: importing that costs more than such a call.

This takes only what is plainly right: regular lists of common types. For everything else it gives None, and the codec
does the work, or says in TF Serving's words what is wrong. Where this answers, the codec would answer the same.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tfsctl.data_type import DataType
from tfsctl.protos import PredictRequest
from tfsctl.signature import TensorSpec

_MAX_BODY_BYTES = 1 << 16
_MAX_FLOAT32 = 3.4e38
_MAX_EXACT_INTEGER = 1 << 53  # Of those that a double holds.


class _UnusualError(Exception):
    """Something that the codec has to look at."""


class SmallBody:
    """A predict request in JSON whose tensors are not read yet: that needs the signature."""

    def __init__(self, document: Mapping[str, Any], signature_name: str) -> None:
        self.signature_name = signature_name
        self.is_row = "instances" in document
        self._value = document["instances" if self.is_row else "inputs"]

    @classmethod
    def parse(cls, body: bytes) -> SmallBody | None:
        """The request in `body`; None if that is large, unusual or wrong."""
        if len(body) > _MAX_BODY_BYTES:
            return None
        try:
            document = json.loads(body.decode(), object_pairs_hook=_without_duplicates)
        except (ValueError, RecursionError, _UnusualError):
            return None
        if not isinstance(document, dict) or ("instances" in document) == ("inputs" in document):
            return None
        name = document.get("signature_name", "")
        return cls(document, name) if isinstance(name, str) else None

    def request(self, specs: Mapping[str, TensorSpec]) -> Any | None:
        """A PredictRequest with these inputs and nothing else; None if a value is unusual or wrong."""
        request = PredictRequest()
        try:
            for alias, value in self._tensors(specs).items():
                _write(request.inputs[alias], value, specs[alias].dtype)
        except (_UnusualError, RecursionError):
            return None
        return request

    def answer(self, response: Any) -> bytes | None:
        """The REST answer for a PredictResponse, in the format of the request; None if an output is unusual."""
        try:
            outputs = {alias: _read(alias, tensor) for alias, tensor in sorted(response.outputs.items())}
            document = {"predictions": _rows(outputs)} if self.is_row else {"outputs": _columns(outputs)}
        except _UnusualError:
            return None
        return json.dumps(document, ensure_ascii=False).encode()

    def _tensors(self, specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
        if not specs:
            raise _UnusualError
        if not self.is_row:
            return _named(self._value, specs)
        if not isinstance(self._value, list) or not self._value:
            raise _UnusualError
        rows = [_named(item, specs) for item in self._value]
        if len({_is_named(item) for item in self._value}) > 1:
            raise _UnusualError
        return {alias: [row[alias] for row in rows] for alias in specs}


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _UnusualError
    return members


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"}


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and not _is_base64(value)


def _named(value: Any, specs: Mapping[str, TensorSpec]) -> dict[str, Any]:
    if _is_named(value):
        if value.keys() != specs.keys():
            raise _UnusualError
        return dict(value)
    if len(specs) > 1:
        raise _UnusualError
    return {next(iter(specs)): value}


def _write(tensor: Any, value: Any, dtype: DataType) -> None:
    """Fill a TensorProto from a number, text, or lists of equal length of them."""
    kind = _KINDS.get(dtype)
    if kind is None:
        raise _UnusualError
    field, convert, _ = kind
    tensor.dtype = dtype
    elements = [value]
    tensor.tensor_shape.SetInParent()
    while isinstance(elements[0], list):
        size = len(elements[0])
        if size == 0 or any(not isinstance(element, list) or len(element) != size for element in elements):
            raise _UnusualError
        tensor.tensor_shape.dim.add(size=size)
        elements = [item for element in elements for item in element]
    getattr(tensor, field).extend([convert(element) for element in elements])


def _read(alias: str, tensor: Any) -> tuple[tuple[int, ...], Any]:
    """Shape and nested lists of an output."""
    kind = _KINDS.get(DataType.of(tensor.dtype))
    if kind is None or tensor.tensor_content:
        raise _UnusualError
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    values = getattr(tensor, kind[0])
    if len(values) != math.prod(shape) or 0 in shape:
        raise _UnusualError
    present = _present_base64 if alias.endswith("_bytes") and tensor.dtype == DataType.STRING else kind[2]
    return shape, _nested(map(present, values), shape)


def _nested(values: Iterator[Any], shape: Sequence[int]) -> Any:
    return [_nested(values, shape[1:]) for _ in range(shape[0])] if shape else next(values)


def _rows(outputs: Mapping[str, tuple[tuple[int, ...], Any]]) -> Any:
    sizes = {shape[0] if shape else None for shape, _ in outputs.values()}
    if len(sizes) != 1 or None in sizes:
        raise _UnusualError
    columns = {alias: values for alias, (_, values) in outputs.items()}
    if len(columns) == 1:
        return next(iter(columns.values()))
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _columns(outputs: Mapping[str, tuple[tuple[int, ...], Any]]) -> Any:
    columns = {alias: values for alias, (_, values) in outputs.items()}
    if not columns:
        raise _UnusualError
    return next(iter(columns.values())) if len(columns) == 1 else columns


def _to_double(value: Any) -> float:
    if type(value) is int and abs(value) <= _MAX_EXACT_INTEGER:
        return float(value)
    if type(value) is float and math.isfinite(value):
        return value
    raise _UnusualError


def _to_float(value: Any) -> float:
    number = _to_double(value)
    if abs(number) > _MAX_FLOAT32:
        raise _UnusualError
    return number


def _to_integer(num_bits: int) -> Callable[[Any], int]:
    limit = 1 << (num_bits - 1)

    def convert(value: Any) -> int:
        if type(value) is not int or not -limit <= value < limit:
            raise _UnusualError
        return value

    return convert


def _to_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _UnusualError
    return value


def _to_bytes(value: Any) -> bytes:
    try:
        if isinstance(value, str):
            return value.encode()
        data = base64.b64decode(value["b64"], validate=True)
        if base64.b64encode(data).decode() == value["b64"]:
            return data
    except (binascii.Error, UnicodeEncodeError, TypeError, KeyError, ValueError):
        pass
    raise _UnusualError


def _present_float(value: float) -> float:
    """The number with the fewest digits that is the same float32: 0.1 for 0.10000000149011612."""
    if not math.isfinite(value):
        return value
    short = float(f"{value:.6g}")
    is_same = abs(short) <= _MAX_FLOAT32 and struct.unpack("f", struct.pack("f", short))[0] == value
    return short if is_same else float(f"{value:.9g}")


def _present_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _UnusualError from None


def _present_base64(value: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(value).decode("ascii")}


def _same(value: Any) -> Any:
    return value


# The field of a TensorProto that holds a type; a JSON value for it; what JSON shows of it.
_KINDS: dict[DataType, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    DataType.FLOAT: ("float_val", _to_float, _present_float),
    DataType.DOUBLE: ("double_val", _to_double, _same),
    DataType.INT32: ("int_val", _to_integer(32), _same),
    DataType.INT64: ("int64_val", _to_integer(64), _same),
    DataType.BOOL: ("bool_val", _to_bool, _same),
    DataType.STRING: ("string_val", _to_bytes, _present_text),
}
