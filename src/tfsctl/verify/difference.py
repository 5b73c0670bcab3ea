"""How far two tensors are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_DEFAULT_ULPS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What one output of one answer differs in.

    Attributes:
        num_different: How many values are not the same.
        largest: The largest absolute difference; 0.0 if there is none, None where values cannot be subtracted.
        largest_ulps: The same as a number of floating-point numbers that lie between; None for what is no float.
        problem: Why the two do not agree, empty if they do.
    """

    num_different: int = 0
    largest: float | None = 0.0
    largest_ulps: int | None = None
    problem: str = ""


def compare(expected: Array, given: Array, *, tolerance: float | None = None) -> Difference:
    """Compare what the SavedModel says with what a server says.

    Types and shapes have to be the same, and so have integers, booleans and strings. Floats may be apart by `tolerance`
    times the largest value that is expected; None allows 8 units in the last place of that value, which is 1e-6 of it
    for float32. NaN is the same as NaN; an infinity only as itself.
    """
    if expected.dtype != given.dtype:
        return Difference(largest=None, problem=f"type {given.dtype}, not {expected.dtype}")
    if expected.shape != given.shape:
        return Difference(largest=None, problem=f"shape {list(given.shape)}, not {list(expected.shape)}")
    if _is_float(expected):
        return _compare_floats(_parts(expected), _parts(given), tolerance)
    return _compare_exactly(_plain(expected), _plain(given))


def _is_float(array: Array) -> bool:
    # Kind V is what ml_dtypes adds: small floats, and integers of four bits; and quantized types, which have names.
    return array.dtype.kind in "fc" or (
        array.dtype.kind == "V" and not array.dtype.names and array.dtype.name not in {"int4", "uint4"}
    )


def _parts(array: Array) -> Array:
    """Flat, and complex numbers as pairs."""
    import numpy as np

    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _plain(array: Array) -> Array:
    import numpy as np

    if array.dtype.names:
        array = array.view(array.dtype[0])
    return array.astype(np.int8) if array.dtype.kind == "V" else array


def _compare_exactly(expected: Array, given: Array) -> Difference:
    differs = expected != given
    count = int(differs.sum())
    if not count:
        return Difference(largest=0.0 if expected.dtype.kind in "iu" else None)
    largest = None
    if expected.dtype.kind in "iu":
        # As Python's integers: the difference of two int64 may be none.
        pairs = zip(expected[differs].tolist(), given[differs].tolist(), strict=True)
        largest = float(max(abs(one - other) for one, other in pairs))
    return Difference(num_different=count, largest=largest, problem=_count_text(count, expected.size))


def _compare_floats(expected: Array, given: Array, tolerance: float | None) -> Difference:
    import numpy as np

    wide, other = expected.astype(np.float64), given.astype(np.float64)
    same = (wide == other) | (np.isnan(wide) & np.isnan(other))
    count = int((~same).sum())
    if not count:
        return Difference(largest_ulps=0)
    finite = np.isfinite(wide) & np.isfinite(other)
    apart = np.abs(np.where(finite & ~same, wide - other, 0.0))
    scale = float(np.abs(wide[np.isfinite(wide)]).max(initial=0.0))
    beyond = (~same & ~finite) | (apart > allowed(expected, scale, tolerance))
    return Difference(
        num_different=count,
        largest=float(apart.max()) if (finite | same).all() else None,
        largest_ulps=int(_ulps(expected[finite], given[finite]).max(initial=0)) if (finite | same).all() else None,
        problem=_count_text(int(beyond.sum()), expected.size) if beyond.any() else "",
    )


def allowed(expected: Array, scale: float, tolerance: float | None) -> float:
    """How far a float may be off, where the largest one is `scale`."""
    import ml_dtypes

    finfo: Any = ml_dtypes.finfo  # It has no types.
    relative = _DEFAULT_ULPS * float(finfo(expected.dtype).eps) if tolerance is None else tolerance
    return relative * scale


def _ulps(one: Array, other: Array) -> Array:
    """By value, how many floating-point numbers lie between."""
    import numpy as np

    first, second = _order(one), _order(other)
    distance: Array = np.where(first > second, first - second, second - first)
    return distance


def _order(values: Array) -> Array:
    """Unsigned integers in the order of the floats; both zeros are one."""
    import numpy as np

    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    bits = np.where(values == 0, np.zeros_like(values), values).view(unsigned)
    sign = unsigned.type(1 << (8 * unsigned.itemsize - 1))
    ordered: Array = np.where(bits & sign, ~bits + unsigned.type(1), bits | sign)
    return ordered


def _count_text(count: int, size: int) -> str:
    return f"{count} of {size} values differ"
