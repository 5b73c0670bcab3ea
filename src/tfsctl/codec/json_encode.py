"""Outputs to the JSON of an answer (tensorflow-serving.md §1.6, §1.8, §1.10), and error bodies (§1.4).

Numbers are written by orjson, with the shortest digits that read back to the same value. A small answer gets the layout
of TF Serving; in a large one that would be mostly white space, so it is compact.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tfsctl.codec.json_layout import (
    INDENT,
    MAX_SPACIOUS_VALUES,
    Layout,
    array_text,
    plain,
    row_texts,
    small_numbers_text,
)
from tfsctl.codec.json_text import quote
from tfsctl.errors import InvalidArgumentError


def encode_error(message: str) -> bytes:
    """The body of an error answer. What `message` has in surrogate escapes are the raw bytes of a request."""
    try:
        text = message.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        text = message.encode("utf-8", "replace")
    return b'{\n    "error": ' + quote(text) + b"\n}"


def encode_rows(outputs: Mapping[str, np.ndarray]) -> bytes:
    """The answer in row format, `predictions`: one value, list or object for each index of the first dimension.

    Raises InvalidArgumentError: there are no outputs, their first dimensions differ, one is a scalar, or of a type that
    JSON cannot express.
    """
    if len(outputs) == 1:
        ((_, only),) = outputs.items()
        text = small_numbers_text(only)
        if text is not None:
            return b'{\n    "predictions": ' + text[:-1] + b"\n    ]\n}"
    _check_not_empty(outputs)
    num_rows = _num_rows(outputs)
    layout = Layout.ONE_LINE if _is_small(outputs) else Layout.COMPACT
    arrays = {alias: plain(array) for alias, array in outputs.items()}
    if num_rows == 0:
        predictions = b"[]"
    elif len(arrays) == 1:
        predictions = _plain_rows(*arrays.popitem(), layout)
    else:
        predictions = _named_rows(arrays, layout)
    return b'{\n    "predictions": ' + predictions + b"\n}"


def encode_columns(outputs: Mapping[str, np.ndarray]) -> bytes:
    """The answer in columnar format, `outputs`: whole tensors, by name if there are several.

    Raises InvalidArgumentError: there are no outputs, or one is of a type that JSON cannot express.
    """
    _check_not_empty(outputs)
    layout = Layout.LINES if _is_small(outputs) else Layout.COMPACT
    arrays = {alias: plain(array) for alias, array in outputs.items()}
    if len(arrays) == 1:
        alias, array = arrays.popitem()
        return b'{\n    "outputs": ' + array_text(array, layout, as_base64=_as_base64(alias), depth=1) + b"\n}"
    members = [
        b"\n        " + _key(alias) + array_text(array, layout, as_base64=_as_base64(alias), depth=2)
        for alias, array in arrays.items()
    ]
    return b'{\n    "outputs": {' + b",".join(members) + b"\n    }\n}"


def _check_not_empty(outputs: Mapping[str, np.ndarray]) -> None:
    if not outputs:
        raise InvalidArgumentError("Cannot convert empty tensor map to JSON")


def _num_rows(outputs: Mapping[str, np.ndarray]) -> int:
    num_rows: int | None = None
    for alias, array in outputs.items():
        if array.ndim == 0:
            raise InvalidArgumentError(f"Tensor name: {alias} has no shape information ")
        if num_rows is not None and num_rows != len(array):
            raise InvalidArgumentError(
                f"Tensor name: {alias} has inconsistent batch size: {len(array)} expecting: {num_rows}"
            )
        num_rows = len(array)
    return num_rows or 0


def _is_small(outputs: Mapping[str, np.ndarray]) -> bool:
    return sum(array.size for array in outputs.values()) <= MAX_SPACIOUS_VALUES


def _as_base64(alias: str) -> bool:
    """Strings of an output with this name are bytes and not text."""
    return alias.endswith("_bytes")


def _key(alias: str) -> bytes:
    return quote(alias.encode("utf-8", "surrogateescape")) + b": "


def _plain_rows(alias: str, array: np.ndarray, layout: Layout) -> bytes:
    # The closing bracket stands on a line of its own, whatever the rest looks like.
    return array_text(array, layout, as_base64=_as_base64(alias), depth=1)[:-1] + b"\n" + INDENT + b"]"


def _named_rows(arrays: Mapping[str, np.ndarray], layout: Layout) -> bytes:
    columns = [row_texts(array, layout, as_base64=_as_base64(alias), depth=3) for alias, array in arrays.items()]
    members = [b"\n            " + _key(alias).replace(b"%", b"%%") + b"%s" for alias in arrays]
    template = b"\n        {" + b",".join(members) + b"\n        }"
    return b"[" + b",".join(template % row for row in zip(*columns, strict=True)) + b"\n    ]"
