"""The fast path: what orjson has parsed to tensors by numpy, or `NotPlainError` where the exact path has to decide.

It must never understand a body in another way than the exact path does; it may give up on any body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import orjson

from tfsctl.codec import base64_text
from tfsctl.codec.dtypes import to_numpy
from tfsctl.codec.json_dense import INTEGER_RANGES, cast_floats
from tfsctl.data_type import DataType
from tfsctl.signature import TensorSpec

FLOATS = frozenset({DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16})
_MEMBER = re.compile(rb'"[ \t\r\n]*:')
_HUGE_POWER_OF_ZERO = re.compile(rb"0(?:\.0+)?[eE]\+?[0-9]{3}")
_BEFORE_A_NUMBER = frozenset(b"-,:[ \t\r\n")
_FLOAT_ONLY = {float}
_SMALL_BODY = 2048  # Bytes. What strings in it may take is not worth looking for them.
_MAX_FLOAT32 = float(np.finfo(np.float32).max)
_SCALARS = frozenset({int, float, str, bool, type(None)})


class NotPlainError(Exception):
    """The fast path gives up. Never leaves this package."""


class FastBody:
    """A body that orjson has parsed, and that means the same to TF Serving's parser."""

    def __init__(self, body: bytes) -> None:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise NotPlainError from None
        if type(document) is not dict or may_have_huge_power(body):
            raise NotPlainError
        num_members = _num_members_in(document, body)
        self.document: dict[str, Any] = document
        # A string has two quotation marks at least, and so has the name of a member.
        self._may_have_string = len(body) > _SMALL_BODY and body.count(b'"') != 2 * (
            num_members + (type(document.get("signature_name")) is str)
        )
        # A single byte is looked for much faster than several.
        self._has_bool = (b"r" in body and b"true" in body) or (b"f" in body and b"false" in body)

    def rows(self, instances: Any, specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray]:
        """The tensors of `instances`."""
        if type(instances) is not list or not instances:
            raise NotPlainError
        if not _is_named(instances[0]):
            return self._plain(instances, specs)
        if "b64" in specs:
            raise NotPlainError  # Its items could be base64 objects or named ones.
        for item in instances:
            if type(item) is not dict or len(item) != len(specs):
                raise NotPlainError
        return {alias: self._tensor([_member(item, alias) for item in instances], specs[alias]) for alias in specs}

    def columns(self, inputs: Any, specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray]:
        """The tensors of `inputs`."""
        if not _is_named(inputs):
            return self._plain(inputs, specs)
        return {alias: self._tensor(_member(inputs, alias), specs[alias]) for alias in specs}

    def _plain(self, value: Any, specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray]:
        if len(specs) != 1:
            raise NotPlainError
        ((alias, spec),) = specs.items()
        return {alias: self._tensor(value, spec)}

    def _tensor(self, value: Any, spec: TensorSpec) -> np.ndarray:
        if spec.dtype is DataType.FLOAT and type(value) is list and _are_small_floats(value):
            return np.array(value, dtype=np.float32)  # Half the time of the general way below.
        if spec.dtype is DataType.STRING:
            return _strings(value)
        # numpy gives each string as much room as the longest one has: a body of a megabyte would take all memory.
        if self._may_have_string and _has(value, str):
            raise NotPlainError
        try:
            array = np.asarray(value)
        except (ValueError, TypeError, OverflowError):
            raise NotPlainError from None
        # numpy takes a bool among numbers for 0 or 1.
        if self._has_bool and array.dtype.kind != "b" and _has(value, bool):
            raise NotPlainError
        return from_inferred(array, spec.dtype)


def _are_small_floats(values: list[Any]) -> bool:
    """Whether all are floats, and none becomes infinite as a float32, of which numpy would warn."""
    return set(map(type, values)) == _FLOAT_ONLY and max(values) <= _MAX_FLOAT32 and min(values) >= -_MAX_FLOAT32


def from_inferred(array: np.ndarray, dtype: DataType) -> np.ndarray:
    """An array whose type numpy has inferred from JSON, as `dtype`; NotPlainError if such JSON does not suit."""
    kind = array.dtype.kind
    if array.size == 0 and kind == "f":
        return array.astype(to_numpy(dtype))
    if dtype in FLOATS and kind in "fiu":
        # Always through double, as TF Serving does: an integer is rounded twice on its way to float.
        return cast_floats(array.astype(np.float64, copy=False), dtype)
    if dtype in INTEGER_RANGES and kind in "iu":
        low, high = INTEGER_RANGES[dtype]
        if low <= int(array.min()) and int(array.max()) <= high:
            return array.astype(to_numpy(dtype), copy=False)
    if dtype is DataType.BOOL and kind == "b":
        return array
    raise NotPlainError


def _strings(value: Any) -> np.ndarray:
    shape: list[int] = []
    elements = [value]
    while type(elements[0]) is list:
        lengths = set(map(_list_length, elements))
        if len(lengths) != 1 or 0 in lengths:
            raise NotPlainError
        shape.append(lengths.pop())
        elements = list(chain.from_iterable(elements))
    array = np.empty(len(elements), dtype=object)
    array[:] = list(map(_string, elements))
    try:
        return array.reshape(shape)
    except ValueError:
        raise NotPlainError from None


def _list_length(value: Any) -> int:
    if type(value) is not list:
        raise NotPlainError
    return len(value)


def _string(value: Any) -> bytes:
    if type(value) is str:
        return value.encode()
    if not _is_base64(value):
        raise NotPlainError
    data = base64_text.decode(value["b64"].encode())
    if data is None:
        raise NotPlainError
    return data


def _is_base64(value: Any) -> bool:
    return type(value) is dict and len(value) == 1 and type(value.get("b64")) is str


def _is_named(value: Any) -> bool:
    return type(value) is dict and not _is_base64(value)


def _member(value: dict[str, Any], alias: str) -> Any:
    try:
        return value[alias]
    except KeyError:
        raise NotPlainError from None


def _has(value: Any, kind: type) -> bool:
    """Whether a value of this type is among those of a list of any depth, or is itself one."""
    elements = [value]
    while elements:
        kinds = set(map(type, elements))
        if kind in kinds:
            return True
        if list not in kinds:
            return False
        elements = list(chain.from_iterable(element for element in elements if type(element) is list))
    return False


def _num_members_in(document: dict[str, Any], body: bytes) -> int:
    """How many members there are; NotPlainError if one may be in the text that is not in the document: a repeated one.

    Each member has a colon, strings may have more.
    """
    num_colons = body.count(b":")
    if num_colons == len(document):
        return num_colons
    num_members = _num_members(document)
    # A string may have `\":` in it, which is found here too: the count can be too high, never too low.
    if num_colons != num_members and sum(1 for _ in _MEMBER.finditer(body)) != num_members:
        raise NotPlainError
    return num_members


def _num_members(root: dict[str, Any]) -> int:
    """How many members all objects have together. Lists that begin with a scalar are not looked into."""
    num_members = 0
    pending: list[Any] = [root]
    while pending:
        value = pending.pop()
        if type(value) is dict:
            num_members += len(value)
            pending.extend(value.values())
        elif type(value) is list and value and type(value[0]) not in _SCALARS:
            pending.extend(value)
    return num_members


def may_have_huge_power(body: bytes) -> bool:
    """Whether there is a zero with a large exponent: TF Serving's parser calls `0e999` too big, orjson zero."""
    if b"0e" not in body and not (b"E" in body and b"0E" in body):
        return False
    # What stands before it is looked at afterwards: in the pattern it would make the search slow. It tells numbers from
    # base64 text, where the pattern is found by chance.
    return any(body[match.start() - 1] in _BEFORE_A_NUMBER for match in _HUGE_POWER_OF_ZERO.finditer(body))
