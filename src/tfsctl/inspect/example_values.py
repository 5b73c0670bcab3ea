"""Values for an example request: short ones as they are, long ones as an expression that repeats one value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfsctl.client.example_inputs import example_body, example_inputs
from tfsctl.data_type import DataType

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.signature import Signature, TensorSpec

# More values than these are tedious to read.
_MOST_VALUES = 16
_FLOATS = {DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16}


@dataclass(frozen=True, slots=True)
class ExampleValues:
    """The body of a request, and the same as tensors.

    Attributes:
        body: JSON where it is short, else a Python expression that gives the body: `{"inputs": [[0.5] * 784]}`.
        shapes: By input alias the full shape of what the expression repeats one value for; empty for JSON.
    """

    body: str
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def tensors(self, signature: Signature) -> dict[str, tuple[np.ndarray, tuple[int, ...]]]:
        """By input alias: the values, or the one value that stands for all, and the shape."""
        from tfsctl.client.inputs import to_arrays

        if not self.shapes:
            return {
                alias: (array, array.shape) for alias, array in to_arrays(example_inputs(signature), signature).items()
            }
        arrays = to_arrays({alias: [_value(signature.inputs[alias])] for alias in self.shapes}, signature)
        return {alias: (array, self.shapes[alias]) for alias, array in arrays.items()}


def example_values(signature: Signature) -> ExampleValues:
    """Values for all inputs of a predict request. The signature has no defaults."""
    inputs = dict(sorted(signature.inputs.items()))
    shapes = {alias: _shape(spec) for alias, spec in inputs.items()}
    if sum(math.prod(shape) for shape in shapes.values()) <= _MOST_VALUES:
        return ExampleValues(example_body(signature).decode())
    members = {alias: _repeated(repr(_value(spec)), shapes[alias]) for alias, spec in inputs.items()}
    if len(members) == 1 and next(iter(shapes.values())):
        return ExampleValues('{"instances": ' + next(iter(members.values())) + "}", shapes)
    inner = ", ".join(f'"{alias}": {expression}' for alias, expression in members.items())
    return ExampleValues('{"inputs": {' + inner + "}}", shapes)


def _shape(spec: TensorSpec) -> tuple[int, ...]:
    if spec.shape is None:
        return (1,)
    return tuple(1 if size < 0 else size for size in spec.shape)


def _value(spec: TensorSpec) -> Any:
    if spec.dtype is DataType.STRING:
        return "example"
    if spec.dtype is DataType.BOOL:
        return True
    return 0.5 if spec.dtype in _FLOATS else 0


def _repeated(value: str, shape: tuple[int, ...]) -> str:
    """`[[0.5] * 28] * 28`: lists of the shape around a value."""
    for size in reversed(shape):
        value = f"[{value}]" if size == 1 else f"[{value}] * {size}"
    return value
