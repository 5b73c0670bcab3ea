"""Inputs made from a signature, so that any model can be tried without data at hand. Needs no numpy."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tfsctl.data_type import DataType
from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME

if TYPE_CHECKING:
    from tfsctl.signature import Signature, TensorSpec

# What TF Serving's tutorial asks half_plus_two, whose input has one of these shapes.
_TUTORIAL_VALUES = (1.0, 2.0, 5.0)
_TUTORIAL_SHAPES = (None, (-1,), (-1, 1))
_TEXT = b"example"
_EMPTY_EXAMPLE = b""  # A tf.Example without features: the only one that can be made without knowing their names.
_FLOATS = {
    DataType.FLOAT,
    DataType.DOUBLE,
    DataType.HALF,
    DataType.BFLOAT16,
    DataType.COMPLEX64,
    DataType.COMPLEX128,
}


def example_inputs(signature: Signature, *, seed: int = 0) -> dict[str, Any]:
    """A value for each input that has no default, as nested lists; the same for the same seed.

    Dimensions that may have any size are 1. Floats lie between 0 and 1 and have three digits, integers are 0 or 1,
    which is a valid index nearly everywhere. Strings are `example`, or empty tf.Examples for signatures that classify
    or regress. The one input `x` of half_plus_two, and of what looks like it, is the tutorial's 1.0, 2.0, 5.0.
    """
    if _is_tutorial(signature):
        return {"x": list(_TUTORIAL_VALUES)}
    rng = random.Random(seed)  # noqa: S311 (sample data, no secret)
    parses_examples = signature.method_name in {CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME}
    text = _EMPTY_EXAMPLE if parses_examples else _TEXT
    return {
        alias: _filled(_shape(spec), _maker(spec.dtype, rng, text))
        for alias, spec in sorted(signature.inputs.items())
        if alias not in signature.defaults
    }


def example_body(signature: Signature, *, seed: int = 0) -> bytes:
    """The body of a predict request with `example_inputs`, as a person would write it.

    Row format where the inputs are rows, with bare values where there is one input; else columnar. The signature's name
    is not in it: that belongs to the `ModelSpec`.
    """
    inputs = {alias: _to_json(value) for alias, value in example_inputs(signature, seed=seed).items()}
    sizes = {len(value) if isinstance(value, list) else None for value in inputs.values()}
    if len(sizes) != 1 or None in sizes or 0 in sizes:
        return json.dumps({"inputs": inputs}).encode()
    if len(inputs) == 1:
        return json.dumps({"instances": next(iter(inputs.values()))}).encode()
    rows = [dict(zip(inputs, row, strict=True)) for row in zip(*inputs.values(), strict=True)]
    return json.dumps({"instances": rows}).encode()


def _is_tutorial(signature: Signature) -> bool:
    spec = signature.inputs.get("x")
    return (
        len(signature.inputs) == 1
        and spec is not None
        and spec.dtype is DataType.FLOAT
        and spec.shape in _TUTORIAL_SHAPES
        and "y" in signature.outputs
    )


def _shape(spec: TensorSpec) -> tuple[int, ...]:
    if spec.shape is None:
        return (1,)
    return tuple(1 if size < 0 else size for size in spec.shape)


def _maker(dtype: DataType, rng: random.Random, text: bytes) -> Callable[[], Any]:
    if dtype is DataType.STRING:
        return lambda: text
    if dtype is DataType.BOOL:
        return lambda: rng.random() < 0.5
    if dtype in _FLOATS:
        return lambda: round(rng.random(), 3)
    return lambda: rng.randrange(2)


def _filled(shape: tuple[int, ...], make: Callable[[], Any]) -> Any:
    if not shape:
        return make()
    return [_filled(shape[1:], make) for _ in range(shape[0])]


def _to_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if not isinstance(value, bytes):
        return value
    return _TEXT.decode() if value == _TEXT else {"b64": base64.b64encode(value).decode("ascii")}
