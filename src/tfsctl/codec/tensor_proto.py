"""TensorProto to numpy and back, by the rules of TensorFlow's own `Tensor` (tensorflow-serving.md §2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import to_numpy
from tfsctl.codec.tensor_fields import FIELDS, Stored
from tfsctl.codec.tensor_wire import tensor_bytes
from tfsctl.codec.varint import read_varint
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError
from tfsctl.protos import TensorProto

_MAX_DIMENSIONS = 254
_MAX_INT64 = 2**63 - 1
# A few values may stand for many, so some messages of forty bytes each could ask for all memory: the tensor, what the
# model makes of it, and the answer that holds it.
_MAX_FILLED_BYTES = 2**26


def decode_tensor(proto: Any) -> np.ndarray:
    """The tensor that `proto`, a TensorProto, stands for; strings as an object array of `bytes`.

    Without a shape it is a scalar. Fewer values than elements: the last one is repeated; none: zeros or empty strings;
    more: the rest is ignored. `tensor_content` has to have exactly the right size, and goes before typed values. The
    array may be read-only, and then shares the memory of `proto.tensor_content`.

    Raises InvalidArgumentError if `proto` is no valid tensor, and where filling up would take more than 64 MiB.
    """
    dtype = DataType.of(proto.dtype)
    numpy_type = to_numpy(dtype)
    shape = _checked_shape(proto)
    num_elements = prod(shape)
    try:
        if num_elements == 0:
            return np.empty(shape, dtype=numpy_type)
        if proto.tensor_content:
            flat = _from_content(proto.tensor_content, num_elements, dtype=dtype)
        else:
            flat = _filled(_typed_values(proto, dtype), num_elements)
        return flat.reshape(shape)
    except (ValueError, MemoryError) as error:
        raise InvalidArgumentError(f"A tensor of shape {list(shape)} cannot be held: {error}.") from None


def decode_inputs(inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """All tensors of a request by alias; InvalidArgumentError `tensor parsing error: ALIAS` for the first bad one."""
    return {alias: _decode_input(alias, proto) for alias, proto in inputs.items()}


def encode_tensor(array: np.ndarray, proto: Any | None = None) -> Any:
    """Write `array` into `proto`, which has to be empty, or into a new TensorProto, and return it.

    All elements go to the typed field (`float_val`, …), never to `tensor_content`, because TF Serving's clients read
    the former. Raises InvalidArgumentError for a type that TensorFlow does not have.
    """
    message = TensorProto() if proto is None else proto
    message.MergeFromString(tensor_bytes(array))  # Much faster than adding the values to the field.
    return message


def _decode_input(alias: str, proto: Any) -> np.ndarray:
    try:
        return decode_tensor(proto)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"tensor parsing error: {alias}", hint=error.message) from None


def _checked_shape(proto: Any) -> tuple[int, ...]:
    shape = tuple([dimension.size for dimension in proto.tensor_shape.dim])
    if len(shape) > _MAX_DIMENSIONS:
        raise InvalidArgumentError(f"A tensor has at most {_MAX_DIMENSIONS} dimensions, not {len(shape)}.")
    num_elements = 1
    for size in shape:
        num_elements *= size
        if size < 0 or num_elements > _MAX_INT64:
            raise InvalidArgumentError(f"{list(shape)} is no shape of a tensor.")
    return shape


def _typed_values(proto: Any, dtype: DataType) -> np.ndarray:
    field = FIELDS[dtype]
    stored = getattr(proto, field.name)
    if field.stored is Stored.STRINGS:
        return _strings(list(stored))
    if field.stored is Stored.RAW_BYTES:
        return np.frombuffer(stored, dtype=to_numpy(dtype))
    values = np.array(stored, dtype=field.stored.value)
    if field.stored is Stored.BITS_OF_16:
        bits: np.ndarray = values.astype(np.uint16).view(to_numpy(dtype))
        return bits
    if dtype in {DataType.COMPLEX64, DataType.COMPLEX128}:
        pairs: np.ndarray = values[: len(values) // 2 * 2].view(to_numpy(dtype))
        return pairs
    return _narrowed(values, to_numpy(dtype))


def _narrowed(values: np.ndarray, numpy_type: np.dtype[Any]) -> np.ndarray:
    if numpy_type.fields is None:
        return values.astype(numpy_type, copy=False)
    ((plain_type, *_),) = numpy_type.fields.values()  # A quantized type: a struct of one integer.
    return values.astype(plain_type).view(numpy_type)


def _strings(values: list[bytes]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _filled(values: np.ndarray, num_elements: int) -> np.ndarray:
    if len(values) >= num_elements:
        return values[:num_elements]
    if num_elements * values.itemsize > _MAX_FILLED_BYTES:
        raise InvalidArgumentError(f"{len(values)} values cannot stand for {num_elements}.")
    filled = np.empty(num_elements, dtype=values.dtype)
    filled[: len(values)] = values
    last: Any = b"" if values.dtype == object else np.zeros(1, dtype=values.dtype)[0]
    filled[len(values) :] = values[-1] if len(values) else last
    return filled


def _from_content(content: bytes, num_elements: int, *, dtype: DataType) -> np.ndarray:
    if dtype is DataType.STRING:
        return _strings(_strings_of_content(content, num_elements))
    numpy_type = to_numpy(dtype)
    if len(content) != num_elements * numpy_type.itemsize:
        raise InvalidArgumentError(
            f"tensor_content has {len(content)} bytes, not {num_elements * numpy_type.itemsize}."
        )
    if dtype is DataType.BOOL:
        truths: np.ndarray = np.frombuffer(content, dtype=np.uint8) != 0
        return truths
    return np.frombuffer(content, dtype=numpy_type)


def _strings_of_content(content: bytes, num_elements: int) -> list[bytes]:
    """First the lengths of all, each a varint, then all bytes."""
    error = InvalidArgumentError(f"tensor_content does not hold {num_elements} strings.")
    if num_elements > len(content):
        raise error
    at = 0
    ends = []
    end = 0
    for _ in range(num_elements):
        length, at = read_varint(content, at, error=error)
        end += length
        ends.append(end)
    if at + end != len(content):
        raise error
    return [content[at + start : at + stop] for start, stop in zip([0, *ends], ends, strict=False)]
