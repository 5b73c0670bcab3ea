"""What callers pass as inputs, as arrays of the types that the signature wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsctl.client.input_check import describe, describe_inputs
from tfsctl.codec.dtypes import to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError

if TYPE_CHECKING:
    from tfsctl.signature import Signature

_SHOWN_CHARACTERS = 60
_SMALL_INTEGERS = {"int4", "uint4"}  # Of kind V for numpy, like ml_dtypes' floats.


def to_arrays(inputs: Any, signature: Signature) -> dict[str, np.ndarray]:
    """The arrays that a request for `signature` carries.

    Args:
        inputs: A mapping of aliases to values, or one value where the signature has one input. A value is an array, a
            number, text, bytes, or nested lists of them.
        signature: What the model takes.

    Numbers become the wanted type where only precision is lost: integers within range, floats of any width. Text
    becomes UTF-8. An alias that the signature does not have is sent as numpy sees it, for the server to judge.

    Raises:
        InvalidArgumentError: a value does not fit; the message names what is wanted and what came.
    """
    named = inputs if isinstance(inputs, Mapping) else {_only_input(signature): inputs}
    return {alias: _to_array(alias, value, signature) for alias, value in named.items()}


def _only_input(signature: Signature) -> str:
    if len(signature.inputs) == 1:
        return next(iter(signature.inputs))
    raise InvalidArgumentError(
        f'Signature "{signature.name}" has {len(signature.inputs)} inputs, so each value needs its name.',
        hint=f"It takes {describe_inputs(signature)}.",
    )


def _to_array(alias: str, value: Any, signature: Signature) -> np.ndarray:
    spec = signature.inputs.get(alias)
    try:
        if spec is None or spec.dtype is DataType.INVALID:
            natural = np.asarray(value)
            return _to_bytes(natural) if natural.dtype.kind in "OSU" else natural
        if spec.dtype is DataType.STRING:
            return _to_bytes(value)
        return _to_numbers(value, to_numpy(spec.dtype))
    except (TypeError, ValueError, OverflowError) as error:
        wanted = f" takes {describe(spec)}" if spec else ""
        raise InvalidArgumentError(f'Input "{alias}"{wanted}: {_complaint(value, error)}.') from error


def _to_numbers(value: Any, wanted: np.dtype) -> np.ndarray:
    natural = np.asarray(value)
    if natural.dtype == wanted:
        return natural
    if wanted.names:  # A quantized type: a struct around an integer.
        return _to_integers(value, natural, wanted[0]).view(wanted)
    if wanted.name in _SMALL_INTEGERS:
        return _to_small_integers(value, natural, wanted)
    if natural.size == 0 and not isinstance(value, (np.ndarray, np.generic)):
        return natural.astype(wanted)  # an empty list has no type of its own
    if wanted.kind in "iu":
        return _to_integers(value, natural, wanted)
    # Kind V is the floats that ml_dtypes adds.
    allowed = {"b": "b", "f": "biufV", "V": "biufV", "c": "biufVc"}.get(wanted.kind, "")
    if natural.dtype.kind not in allowed:
        raise TypeError
    with np.errstate(over="ignore"):  # Beyond the type's range lies infinity, as in JSON requests.
        return natural.astype(wanted)


def _to_integers(value: Any, natural: np.ndarray, wanted: np.dtype) -> np.ndarray:
    if natural.dtype.kind in "fO" and not isinstance(value, (np.ndarray, np.generic)):
        # Python integers beyond int64 look like floats or objects to numpy.
        exact = np.asarray(value, dtype=object)
        if all(type(item) is int for item in exact.flat):
            return exact.astype(wanted)
    if natural.dtype.kind not in "biu":
        raise TypeError
    narrow = natural.astype(wanted)
    if not np.array_equal(narrow, natural):
        raise OverflowError("a number is out of range")
    return narrow


def _to_small_integers(value: Any, natural: np.ndarray, wanted: np.dtype) -> np.ndarray:
    whole = _to_integers(value, natural, np.dtype(np.int16))
    narrow = whole.astype(wanted)
    if not np.array_equal(narrow.astype(np.int16), whole):
        raise OverflowError("a number is out of range")
    return narrow


def _to_bytes(value: Any) -> np.ndarray:
    """An object array of bytes; nested lists, text, and numpy's string types are taken."""
    if isinstance(value, (bytes, str)):
        array = np.empty((), dtype=object)
        array[()] = value
    else:
        array = np.array(value, dtype=object)
    encoded = np.empty(array.shape, dtype=object)
    for index, item in enumerate(array.flat):
        if not isinstance(item, (bytes, str)):
            raise TypeError
        encoded.flat[index] = item.encode() if isinstance(item, str) else bytes(item)
    return encoded


def _complaint(value: Any, error: Exception) -> str:
    if isinstance(value, np.ndarray):
        came = f"an array of {value.dtype} {list(value.shape)}"
    else:
        text = repr(value)
        came = text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
    reason = "the lists are of uneven length" if "inhomogeneous" in str(error) else str(error)
    return f"{came} does not fit" + (f" ({reason})" if reason else "")
