"""Arrays straight to the bytes of a TensorProto.

A packed field of floats is, on the wire, the memory of the array. So nothing is gained by filling a message first: that
takes a Python object for each element.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.codec.tensor_fields import FIELDS, Stored
from tfsctl.codec.varint import field, field_start, varint, varint_field
from tfsctl.data_type import DataType
from tfsctl.protos import TensorProto

_DTYPE, _SHAPE, _CONTENT = 1, 2, 4  # Field numbers of TensorProto.
_STORED_AS_IN_MEMORY = frozenset({Stored.FLOATS, Stored.DOUBLES, Stored.BOOLS, Stored.RAW_BYTES})
# Types whose field holds the memory of the array (a complex number is two floats), with the start of that field.
_FIELD_STARTS: dict[np.dtype[Any], bytes] = {
    to_numpy(dtype).newbyteorder("<"): field_start(value_field.number)
    for dtype, value_field in FIELDS.items()
    if value_field.stored in _STORED_AS_IN_MEMORY
}


def tensor_bytes(array: np.ndarray) -> bytes:
    """A serialized TensorProto with all elements of `array` in the typed field.

    Raises InvalidArgumentError for a type that TensorFlow does not have.
    """
    head = _head(array.dtype, array.shape)
    if not array.size:
        return head
    start = _FIELD_STARTS.get(array.dtype)
    if start is None:
        return head + _other_field(array)
    return head + start + varint(array.nbytes) + array.tobytes()


def content_bytes(array: np.ndarray) -> bytes:
    """The same with the elements in `tensor_content`, strings excepted: cheaper for the server, so for requests.

    Not for answers, unless they were asked for like this: TF Serving's clients do not look there.
    """
    if array.dtype.kind in "OSU" or not array.size:
        return tensor_bytes(array)
    return _head(array.dtype, array.shape) + field(_CONTENT, _little_endian(array).tobytes())


def whole_content_bytes(array: np.ndarray) -> bytes:
    """The same with strings in `tensor_content` too: first the lengths of all, each a varint, then all bytes."""
    if array.dtype.kind not in "OSU" or not array.size:
        return content_bytes(array)
    strings = [bytes(value) for value in _integers_or_strings(array, DataType.STRING)]
    content = b"".join([*map(varint, map(len, strings)), *strings])
    return _head(array.dtype, array.shape) + field(_CONTENT, content)


@lru_cache(maxsize=1024)
def _head(numpy_type: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """The fields `dtype` and `tensor_shape`."""
    dimensions = b"".join([field(2, varint_field(1, size)) for size in shape])
    return varint_field(_DTYPE, from_numpy(numpy_type)) + field(_SHAPE, dimensions)


def _other_field(array: np.ndarray) -> bytes:
    little = _little_endian(array)
    start = _FIELD_STARTS.get(little.dtype)
    if start is not None:
        return start + varint(little.nbytes) + little.tobytes()
    # Numbers of variable length, and strings, are protobuf's business.
    message = TensorProto()
    dtype = from_numpy(array.dtype)
    getattr(message, FIELDS[dtype].name).extend(_integers_or_strings(array, dtype))
    serialized: bytes = message.SerializeToString()
    return serialized


def _little_endian(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _integers_or_strings(array: np.ndarray, dtype: DataType) -> list[Any]:
    if array.dtype.kind == "U":
        array = np.char.encode(array, "utf-8")
    flat = array.ravel()
    if FIELDS[dtype].stored is Stored.BITS_OF_16:
        flat = flat.view(np.uint16)
    elif flat.dtype.fields is not None:  # A quantized type: a struct of one integer.
        ((plain_type, *_),) = flat.dtype.fields.values()
        flat = flat.view(plain_type)
    elif flat.dtype.kind == "V":  # int4 and uint4
        flat = flat.astype(np.int32)
    values: list[Any] = flat.tolist()
    return values
