"""Compares JSON by value, as TF Serving's clients see it."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np


def parse(text: str | bytes) -> Any:
    """The value of a JSON text; NaN and Infinity are taken, a key that stands twice is not."""
    return json.loads(text, object_pairs_hook=_object)


def same(left: Any, right: Any, *, is_double: bool = False) -> bool:
    """Whether two values are equal: an integer is no float, and floats have to be the same float32 (or double)."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key], is_double=is_double) for key in left)
    if isinstance(left, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(*pair, is_double=is_double) for pair in pairs)
    if isinstance(left, float):
        return _same_float(left, right, is_double=is_double)
    return bool(left == right)


def _same_float(left: float, right: float, *, is_double: bool) -> bool:
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if math.copysign(1, left) != math.copysign(1, right):
        return False
    if is_double:
        return left == right
    with np.errstate(over="ignore"):
        return bool(np.float32(left) == np.float32(right))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), "a key stands twice"
    return dict(pairs)
