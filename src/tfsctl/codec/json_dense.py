"""One JSON value to the values and the shape of a dense tensor, with TF Serving's checks in TF Serving's order.

The shape is that of the first elements all the way down; everything else has to agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfsctl.codec import base64_text
from tfsctl.codec.dtypes import to_numpy
from tfsctl.codec.json_dump import dump
from tfsctl.codec.json_value import JsonObject, JsonValue, base64_of, type_name
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, UnimplementedError

Shape = tuple[int, ...]

_INT32_RANGE = (-(2**31), 2**31 - 1)
_FLOATS = (DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16)
# Which integers a type takes. The narrow ones take all of int32 and wrap.
INTEGER_RANGES: dict[DataType, tuple[int, int]] = {
    DataType.INT32: _INT32_RANGE,
    DataType.INT16: _INT32_RANGE,
    DataType.INT8: _INT32_RANGE,
    DataType.UINT8: _INT32_RANGE,
    DataType.INT64: (-(2**63), 2**63 - 1),
    DataType.UINT32: (0, 2**32 - 1),
    DataType.UINT64: (0, 2**64 - 1),
}
_NUMBERS: frozenset[type] = frozenset({int, float})
_INTEGERS: frozenset[type] = frozenset({int})
_BOOLS: frozenset[type] = frozenset({bool})
_STRINGS: frozenset[type] = frozenset({bytes})


@dataclass(frozen=True, slots=True)
class _Rule:
    """What JSON a data type takes (tensorflow-serving.md §1.7); no `kinds` at all for one that JSON cannot express."""

    kinds: frozenset[type]
    low: int | None = None
    high: int | None = None

    def takes_all(self, values: list[JsonValue]) -> bool:
        """Whether all are plain values of this type: a quick look at a whole list."""
        if not self.kinds.issuperset(map(type, values)):
            return False
        if self.low is None or self.high is None or not values:
            return True
        return self.low <= min(values) and max(values) <= self.high  # type: ignore[type-var,operator]  # All are int.


def _rule_for(dtype: DataType) -> _Rule:
    if dtype in _FLOATS:
        return _Rule(_NUMBERS)
    if dtype in INTEGER_RANGES:
        return _Rule(_INTEGERS, *INTEGER_RANGES[dtype])
    return _Rule({DataType.BOOL: _BOOLS, DataType.STRING: _STRINGS}.get(dtype, frozenset()))


_RULES = {dtype: _rule_for(dtype) for dtype in DataType}


def shape_of(value: JsonValue) -> Shape:
    """The lengths of the lists along the first elements; a scalar has the shape `()`."""
    lengths: list[int] = []
    while isinstance(value, list):
        lengths.append(len(value))
        if not value:
            break
        value = value[0]
    return tuple(lengths)


def fill(value: JsonValue, shape: Shape, *, dtype: DataType, values: list[Any]) -> int:
    """Append the elements of `value` to `values` and return how many there are.

    Raises:
        InvalidArgumentError: the value is ragged, or an element is not of `dtype`.
        UnimplementedError: JSON cannot express `dtype`.
    """
    rule = _RULES[dtype]
    rank = len(shape)
    before = len(values)
    open_lists: list[Iterator[JsonValue]] = [iter([value])]
    while open_lists:
        level = len(open_lists) - 1
        for element in open_lists[-1]:
            if not isinstance(element, list):
                _check_level(element, level, rank)
                values.append(_plain_value(element, dtype))
                continue
            _check_list(element, level, shape)
            if level + 1 < rank or not rule.takes_all(element):
                open_lists.append(iter(element))
                break
            values.extend(element)
        else:
            open_lists.pop()
    return len(values) - before


def _check_level(value: JsonValue, level: int, rank: int) -> None:
    if level != rank:
        raise InvalidArgumentError(
            f"JSON Value: {dump(value)} found at incorrect level: {level + 1} in the JSON DOM. "
            f"Expected at level: {rank}"
        )


def _check_list(values: list[JsonValue], level: int, shape: Shape) -> None:
    rank = len(shape)
    if level >= rank:
        raise InvalidArgumentError(f"Encountered list at unexpected level: {level} expected < {rank}")
    if len(values) != shape[level]:
        raise InvalidArgumentError(
            f"Encountered list at unexpected size: {len(values)} at level: {level} expected size: {shape[level]}"
        )


def _plain_value(value: JsonValue, dtype: DataType) -> object:
    rule = _RULES[dtype]
    if isinstance(value, JsonObject):
        if dtype is DataType.STRING:
            return _decode_base64(value)
        raise _type_error(value, dtype)
    if not rule.kinds:
        raise UnimplementedError(f"Conversion of JSON Value: {dump(value)} to type: {dtype.tf_name}")
    if not rule.takes_all([value]):
        raise _type_error(value, dtype)
    return value


def _type_error(value: JsonValue, dtype: DataType) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"JSON Value: {dump(value)} Type: {type_name(value)} is not of expected type: {dtype.tf_name}"
    )


def _decode_base64(value: JsonObject) -> bytes:
    text = base64_of(value)
    if text is None:
        raise InvalidArgumentError(f"JSON Value: {dump(value)} not formatted correctly for base64 data")
    data = base64_text.decode(text)
    if data is None:
        raise InvalidArgumentError("Unable to base64 decode")
    return data


def to_array(values: list[Any], shape: Shape, *, dtype: DataType, alias: str) -> np.ndarray:
    """An array of as many `values` as `shape` holds; more are ignored, as in TF Serving.

    Raises InvalidArgumentError where there are more dimensions than an array can have.
    """
    array = _flat_array(values, dtype)
    num_elements = 1
    for length in shape:
        num_elements *= length
    try:
        return array[:num_elements].reshape(shape)
    except ValueError:
        raise InvalidArgumentError(
            f"tensor parsing error: {alias}", hint=f"An array cannot have {len(shape)} dimensions here."
        ) from None


def _flat_array(values: list[Any], dtype: DataType) -> np.ndarray:
    if dtype in _FLOATS:
        return cast_floats(np.array(values, dtype=np.float64), dtype)
    if dtype is DataType.STRING:
        strings = np.empty(len(values), dtype=object)
        strings[:] = values
        return strings
    if dtype in INTEGER_RANGES and INTEGER_RANGES[dtype] == _INT32_RANGE:
        return np.array(values, dtype=np.int32).astype(to_numpy(dtype))
    return np.array(values, dtype=to_numpy(dtype))


def cast_floats(array: np.ndarray, dtype: DataType) -> np.ndarray:
    """Doubles to the nearest value of a float type: what is too large becomes infinity, what is too small zero."""
    if dtype is DataType.DOUBLE:
        return array
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(to_numpy(dtype))
