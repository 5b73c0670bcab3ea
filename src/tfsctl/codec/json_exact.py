"""The tensors of a predict request, decoded in TF Serving's order of checks with TF Serving's texts (§1.5, §1.6).

It decides everything that the fast path leaves open, and makes all error texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tfsctl.codec.json_dense import Shape, fill, shape_of, to_array
from tfsctl.codec.json_dump import dump
from tfsctl.codec.json_value import JsonObject, JsonValue, base64_of
from tfsctl.errors import InvalidArgumentError, TfsctlError
from tfsctl.signature import TensorSpec

Tensors = dict[str, np.ndarray]


def decode_rows(instances: list[JsonValue], specs: Mapping[str, TensorSpec]) -> Tensors:
    """`instances`: one item for each row. Every input gets the shape `[number of items] + shape of an item`."""
    first = instances[0]
    if len(specs) > 1 and not isinstance(first, JsonObject):
        raise InvalidArgumentError(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
    columns: dict[str, _Column] = {}
    if _is_named(first):
        for number, item in enumerate(instances):
            _add_named_item(columns, item, number, specs=specs)
    else:
        alias = next(iter(specs))  # With several inputs only this one is filled; the request then lacks the others.
        for number, item in enumerate(instances):
            _add_plain_item(columns, item, number, alias=alias, spec=specs[alias])
    return {alias: column.to_array(alias, len(instances)) for alias, column in columns.items()}


def decode_columns(inputs: JsonValue, specs: Mapping[str, TensorSpec]) -> Tensors:
    """`inputs`: whole tensors, by name or (of a signature with one input) plain. Unknown names are ignored."""
    if _is_named(inputs):
        return {alias: _decode_tensor(_named_input(inputs, alias), alias, spec=spec) for alias, spec in specs.items()}
    if len(specs) > 1:
        raise InvalidArgumentError(
            "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
            "tensorinfo_map"
        )
    return {alias: _decode_tensor(inputs, alias, spec=spec) for alias, spec in specs.items()}


def _is_named(value: JsonValue) -> bool:
    return isinstance(value, JsonObject) and base64_of(value) is None


class _Column:
    """One input, gathered over the items of `instances`."""

    def __init__(self, spec: TensorSpec) -> None:
        self._dtype = spec.dtype
        self._values: list[Any] = []
        self._size: int | None = None
        self._shape: Shape = ()

    def add(self, value: JsonValue) -> None:
        shape = shape_of(value)
        size = fill(value, shape, dtype=self._dtype, values=self._values)
        if self._size is None:
            self._size = size
            self._shape = shape
        elif size != self._size:
            raise InvalidArgumentError(f"Expecting tensor size: {self._size} but got: {size}")
        elif shape != self._shape:
            raise InvalidArgumentError(f"Expecting shape {_shape_text(self._shape)} but got: {_shape_text(shape)}")

    def to_array(self, alias: str, num_items: int) -> np.ndarray:
        return to_array(self._values, (num_items, *self._shape), dtype=self._dtype, alias=alias)


def _shape_text(shape: Shape) -> str:
    return f"[{','.join(map(str, shape))}]"


def _add_named_item(
    columns: dict[str, _Column], item: JsonValue, number: int, *, specs: Mapping[str, TensorSpec]
) -> None:
    if not isinstance(item, JsonObject) or base64_of(item) is not None:
        raise InvalidArgumentError(f"Expecting object but got list at item {number} of input list")
    names = set()
    for key, value in item.members:
        name = key.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")  # TF Serving takes keys as C strings.
        names.add(name)
        try:
            _column(columns, name, specs).add(value)
        except TfsctlError as error:
            raise _item_error(f"{number} key: {name}", error) from None
    if names != specs.keys():
        raise InvalidArgumentError(
            f"Failed to process element: {number} of 'instances' list. JSON object: {dump(item)} "
            f"keys must be equal to: {','.join(sorted(specs))}"
        )


def _column(columns: dict[str, _Column], name: str, specs: Mapping[str, TensorSpec]) -> _Column:
    column = columns.get(name)
    if column is None:
        if name not in specs:
            raise InvalidArgumentError(f"JSON object: does not have named input: {name}")
        column = columns[name] = _Column(specs[name])
    return column


def _add_plain_item(columns: dict[str, _Column], item: JsonValue, number: int, *, alias: str, spec: TensorSpec) -> None:
    if _is_named(item):
        raise InvalidArgumentError(f"Expecting value/list but got object at item {number} of input list")
    try:
        columns.setdefault(alias, _Column(spec)).add(item)
    except TfsctlError as error:
        raise _item_error(str(number), error) from None


def _item_error(which: str, error: TfsctlError) -> InvalidArgumentError:
    """The error of one item inside that of the list: the inner code becomes text."""
    return InvalidArgumentError(
        f"Failed to process element: {which} of 'instances' list. Error: {error.code.name}: {error.message}",
        hint=error.hint,
    )


def _named_input(inputs: JsonValue, alias: str) -> JsonValue:
    assert isinstance(inputs, JsonObject)
    member = inputs.find(alias.encode("utf-8", "surrogateescape"))
    if member is None:
        raise InvalidArgumentError(f"Missing named input: {alias} in 'inputs' object.")
    return member[1]


def _decode_tensor(value: JsonValue, alias: str, *, spec: TensorSpec) -> np.ndarray:
    shape = shape_of(value)
    values: list[Any] = []
    fill(value, shape, dtype=spec.dtype, values=values)
    return to_array(values, shape, dtype=spec.dtype, alias=alias)
