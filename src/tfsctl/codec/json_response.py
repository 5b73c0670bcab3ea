"""The client's side of REST prediction: answers of any TF Serving to arrays (tensorflow-serving.md §1.6, §1.8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import orjson

from tfsctl.codec import base64_text
from tfsctl.codec.dtypes import to_numpy
from tfsctl.data_type import DataType
from tfsctl.signature import Signature, TensorSpec

_FLOATS = frozenset({DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16})


def parse_json(body: bytes) -> Any:
    """The value of an answer. `NaN`, `Infinity` and `-Infinity` are numbers, as TF Serving writes them.

    Bytes that are not UTF-8, which a string output may hold, become surrogate escapes. Raises ValueError for all else
    that is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8", "surrogateescape"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_predictions(body: bytes, signature: Signature | None) -> dict[str, np.ndarray]:
    """The outputs in the answer to a predict request, in either format; strings as object arrays of `bytes`.

    With the signature each has its name and type. Without it numbers are float64 or int64, and an output that stands
    alone, which has no name in the answer, is called `predictions` or `outputs`.

    Raises ValueError for what is no such answer, and for values that do not suit the signature.
    """
    answer = parse_json(body)
    if isinstance(answer, dict):
        rows = answer.get("predictions")
        if isinstance(rows, list):
            return _decode_rows(rows, signature)
        if "outputs" in answer:
            return _decode_columns(answer["outputs"], signature)
    raise ValueError("the answer has neither a list of 'predictions' nor 'outputs'")


def _decode_rows(rows: list[Any], signature: Signature | None) -> dict[str, np.ndarray]:
    specs = {} if signature is None else signature.outputs
    if not rows and len(specs) > 1:
        return {alias: _empty(spec) for alias, spec in specs.items()}
    if not rows or not _is_named(rows[0], specs):
        return {alias: _decode(rows, spec) for alias, spec in _only(specs, "predictions").items()}
    try:
        columns = {alias: [row[alias] for row in rows] for alias in rows[0]}
    except (KeyError, TypeError):
        raise ValueError("the objects in 'predictions' differ") from None
    return _decode_named(columns, specs)


def _decode_columns(value: Any, signature: Signature | None) -> dict[str, np.ndarray]:
    specs = {} if signature is None else signature.outputs
    if _is_named(value, specs):
        return _decode_named(value, specs)
    return {alias: _decode(value, spec) for alias, spec in _only(specs, "outputs").items()}


def _decode_named(values: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> dict[str, np.ndarray]:
    if specs and values.keys() != specs.keys():
        raise ValueError(f"the outputs are {sorted(values)}, those of the signature {sorted(specs)}")
    return {alias: _decode(value, specs.get(alias)) for alias, value in values.items()}


def _is_named(value: Any, specs: Mapping[str, TensorSpec]) -> bool:
    return isinstance(value, dict) and (value.keys() == specs.keys() or not _is_base64(value))


def _only(specs: Mapping[str, TensorSpec], name: str) -> Mapping[str, TensorSpec | None]:
    if not specs:
        return {name: None}
    if len(specs) > 1:
        raise ValueError(f"'{name}' holds one output, but the signature has {len(specs)}")
    return specs


def _empty(spec: TensorSpec) -> np.ndarray:
    """No rows at all: the answer does not say how wide they would be."""
    inner = [max(size, 0) for size in (spec.shape or ())[1:]]
    return np.empty((0, *inner), dtype=to_numpy(spec.dtype))


def _decode(value: Any, spec: TensorSpec | None) -> np.ndarray:
    if spec is None:
        # numpy gives each string as much room as the longest one has.
        if _begins_with_string(value):
            return _decode_strings(value)
        array = np.asarray(value)
        return _decode_strings(value) if array.dtype.kind in "OU" else array
    if spec.dtype is DataType.STRING:
        return _decode_strings(value)
    try:
        if spec.dtype not in _FLOATS:
            return np.array(value, dtype=to_numpy(spec.dtype))
        with np.errstate(over="ignore", invalid="ignore"):
            return np.array(value, dtype=np.float64).astype(to_numpy(spec.dtype))
    except (TypeError, OverflowError) as error:
        raise ValueError(str(error)) from None


def _begins_with_string(value: Any) -> bool:
    while isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, str)


def _decode_strings(value: Any) -> np.ndarray:
    shape = []
    elements = [value]
    while elements and isinstance(elements[0], list):
        shape.append(len(elements[0]))
        if any(not isinstance(element, list) or len(element) != shape[-1] for element in elements):
            raise ValueError("the lists of an output differ in length")
        elements = list(chain.from_iterable(elements))
    array = np.empty(len(elements), dtype=object)
    array[:] = [_decode_string(element) for element in elements]
    return array.reshape(shape)


def _decode_string(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    data = base64_text.decode(value["b64"].encode()) if _is_base64(value) else None
    if data is None:
        raise ValueError(f"{value!r} is no string")
    return data


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)
