"""One array as JSON text, laid out in one of three ways (tensorflow-serving.md §1.8, §1.10)."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import orjson

from tfsctl.codec import base64_text
from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.codec.json_text import quote
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError

INDENT = b"    "
# What has more values is written without the white space of TF Serving's layout.
MAX_SPACIOUS_VALUES = 4096

_OBJECT = np.dtype(object)
_FLOAT32 = np.dtype(np.float32)
# What orjson writes as it is. TF Serving has no way to write uint16, so neither do we.
_PLAIN_TYPES = frozenset(
    to_numpy(dtype)
    for dtype in (
        DataType.FLOAT,
        DataType.DOUBLE,
        DataType.INT8,
        DataType.INT16,
        DataType.INT32,
        DataType.INT64,
        DataType.UINT8,
        DataType.UINT32,
        DataType.UINT64,
        DataType.BOOL,
    )
)
# Each value of these is a float32.
_SMALL_FLOATS = frozenset({to_numpy(DataType.HALF), to_numpy(DataType.BFLOAT16)})


class Layout(enum.Enum):
    """Where white space goes: nowhere, behind commas, or so that each element has a line of its own."""

    COMPACT = b","
    ONE_LINE = b", "
    LINES = b",\n"


def plain(array: np.ndarray) -> np.ndarray:
    """The same values in an array that the functions below can write.

    Raises InvalidArgumentError with TF Serving's text for a type that JSON cannot express; an array without elements
    never does, because nothing has to be written.
    """
    if array.size == 0:
        return _without_elements(array.shape)  # Only the brackets count.
    dtype = array.dtype
    if dtype in _PLAIN_TYPES:
        return array if array.flags.c_contiguous else np.array(array, order="C")
    if dtype == _OBJECT:
        return array
    if dtype in _SMALL_FLOATS:
        return array.astype(_FLOAT32, order="C")
    native = dtype.newbyteorder("=")
    if native != dtype:
        return plain(array.astype(native))
    if dtype.kind == "S":
        return array.astype(_OBJECT)
    raise InvalidArgumentError(f"Failed to write JSON value for tensor type: {from_numpy(dtype).tf_name}")


def _without_elements(shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.zeros(shape, dtype=_FLOAT32)
    except ValueError:  # Some dimensions are too large for numpy, and their brackets would be for everybody.
        raise InvalidArgumentError(f"A tensor of shape {list(shape)} cannot be written as JSON.") from None


def array_text(array: np.ndarray, layout: Layout, *, as_base64: bool, depth: int) -> bytes:
    """The whole of an array that has been through `plain`; a scalar is its value alone.

    `as_base64` writes strings as `{"b64": …}`. `depth` is the number of objects and arrays around this one.
    """
    if array.dtype == _OBJECT:
        return _string_array(array, layout, as_base64=as_base64, depth=depth)
    return _number_array(array, layout, depth=depth)


def small_numbers_text(array: np.ndarray) -> bytes | None:
    """An array of at least one dimension on one line; None if it takes more than orjson to write it.

    The short way for what most answers are: numbers, few of them, all finite.
    """
    if array.dtype not in _PLAIN_TYPES or not 0 < array.size <= MAX_SPACIOUS_VALUES or array.ndim == 0:
        return None
    if not array.flags.c_contiguous:
        return None
    text: bytes = orjson.dumps(array, option=orjson.OPT_SERIALIZE_NUMPY)
    return None if b"n" in text else text.replace(b",", b", ")


def row_texts(array: np.ndarray, layout: Layout, *, as_base64: bool, depth: int) -> list[bytes]:
    """The text of each `array[i]`, on one line; otherwise as `array_text`."""
    if array.dtype == _OBJECT:
        return [array_text(array[row, ...], layout, as_base64=as_base64, depth=depth) for row in range(len(array))]
    if array.size == 0:
        return [_number_array(array[row, ...], layout, depth=depth) for row in range(len(array))]
    # Cutting the text of the whole apart is much cheaper than writing the rows one by one.
    text = _number_array(array, Layout.COMPACT, depth=depth)
    opening, closing = b"[" * (array.ndim - 1), b"]" * (array.ndim - 1)
    rows = text[array.ndim : -array.ndim].split(closing + b"," + opening)
    return [opening + row.replace(b",", layout.value) + closing for row in rows]


def _number_array(array: np.ndarray, layout: Layout, *, depth: int) -> bytes:
    if array.ndim == 0:
        return _number_array(array.reshape(1), Layout.COMPACT, depth=depth)[1:-1]
    option = orjson.OPT_SERIALIZE_NUMPY | (orjson.OPT_INDENT_2 if layout is Layout.LINES else 0)
    text: bytes = orjson.dumps(array, option=option)
    if b"n" in text:
        text = _with_not_finite(text, array)
    if layout is Layout.ONE_LINE:
        return text.replace(b",", layout.value)
    if layout is Layout.LINES:
        return text.replace(b"  ", INDENT).replace(b"\n", b"\n" + INDENT * depth)
    return text


def _with_not_finite(text: bytes, array: np.ndarray) -> bytes:
    """Put the words of TF Serving where orjson has written null, which are not strict JSON."""
    pieces = text.split(b"null")
    words = [_not_finite_word(value) for value in array[~np.isfinite(array)].tolist()]
    return b"".join(piece for pair in zip(pieces, [*words, b""], strict=True) for piece in pair)


def _not_finite_word(value: float) -> bytes:
    if value != value:  # noqa: PLR0124 - NaN is the one that differs from itself
        return b"NaN"
    return b"Infinity" if value > 0 else b"-Infinity"


def _string_array(array: np.ndarray, layout: Layout, *, as_base64: bool, depth: int) -> bytes:
    elements: list[Any] = array.ravel().tolist()
    inside = depth + array.ndim
    texts: list[bytes] = [_base64_object(data, inside) if as_base64 else quote(data) for data in elements]
    for level in range(array.ndim - 1, -1, -1):
        length = array.shape[level]
        texts = [
            _list_text(texts[start : start + length], layout, depth=depth + level)
            for start in range(0, len(texts), length)
        ]
    return texts[0]


def _list_text(texts: list[bytes], layout: Layout, *, depth: int) -> bytes:
    if layout is not Layout.LINES:
        separator: bytes = layout.value
        return b"[" + separator.join(texts) + b"]"
    line = b"\n" + INDENT * (depth + 1)
    return b"[" + line + (b"," + line).join(texts) + b"\n" + INDENT * depth + b"]"


def _base64_object(data: bytes, depth: int) -> bytes:
    line = b"\n" + INDENT * depth
    return b"{" + line + INDENT + b'"b64": "' + base64_text.encode(data) + b'"' + line + b"}"
