"""Inputs made from signatures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tfsctl.client.example_inputs import example_body, example_inputs
from tfsctl.client.inputs import to_arrays
from tfsctl.data_type import DataType
from tfsctl.signature import CLASSIFY_METHOD_NAME, PREDICT_METHOD_NAME, Signature, TensorSpec

Shape = tuple[int, ...] | None


def signature(
    inputs: dict[str, tuple[DataType, Shape]], *, method_name: str = PREDICT_METHOD_NAME, **changes: Any
) -> Signature:
    specs = {alias: TensorSpec(f"{alias}:0", dtype, shape) for alias, (dtype, shape) in inputs.items()}
    outputs = {"y": TensorSpec("y:0", DataType.FLOAT, None)}
    return Signature("s", specs, outputs, method_name=method_name, **changes)


@pytest.mark.parametrize("shape", [None, (-1,), (-1, 1)])
def test_half_plus_two_is_asked_what_the_tutorial_asks(shape: Shape) -> None:
    half_plus_two = signature({"x": (DataType.FLOAT, shape)})
    assert example_inputs(half_plus_two) == {"x": [1.0, 2.0, 5.0]}
    assert json.loads(example_body(half_plus_two)) == {"instances": [1.0, 2.0, 5.0]}


@pytest.mark.parametrize(
    ("shape", "expected"), [((-1, -1, 3), (1, 1, 3)), ((2, 0), (2, 0)), ((), ()), (None, (1,)), ((-1,), (1,))]
)
def test_open_dimensions_are_one(shape: Shape, expected: tuple[int, ...]) -> None:
    made = signature({"a": (DataType.FLOAT, shape)})
    assert to_arrays(example_inputs(made), made)["a"].shape == expected


@pytest.mark.parametrize("dtype", [t for t in DataType if t.name not in {"INVALID", "RESOURCE", "VARIANT"}])
def test_every_type_gets_values_that_fit(dtype: DataType) -> None:
    made = signature({"a": (dtype, (-1, 8))})
    assert to_arrays(example_inputs(made), made)["a"].shape == (1, 8)


def test_the_seed_decides() -> None:
    made = signature({"a": (DataType.FLOAT, (-1, 20)), "b": (DataType.INT32, (-1, 20))})
    assert example_inputs(made, seed=1) == example_inputs(made, seed=1) != example_inputs(made, seed=2)


def test_an_input_with_a_default_is_left_out() -> None:
    made = signature({"a": (DataType.FLOAT, (1,)), "b": (DataType.FLOAT, (1,))}, defaults={"b": b""})
    assert list(example_inputs(made)) == ["a"]


def test_examples_are_empty_for_signatures_that_parse_them() -> None:
    made = signature({"inputs": (DataType.STRING, (-1,))}, method_name=CLASSIFY_METHOD_NAME)
    assert example_inputs(made) == {"inputs": [b""]}
    assert json.loads(example_body(made)) == {"instances": [{"b64": ""}]}


@pytest.mark.parametrize(
    ("shapes", "body"),
    [
        ({"a": (-1,), "b": (-1,)}, {"instances": [{"a": "example", "b": "example"}]}),
        ({"a": (), "b": (-1,)}, {"inputs": {"a": "example", "b": ["example"]}}),
        ({"a": (2,), "b": (-1,)}, {"inputs": {"a": ["example", "example"], "b": ["example"]}}),
        ({}, {"inputs": {}}),
    ],
)
def test_bodies_are_rows_where_the_inputs_are(shapes: dict[str, Shape], body: dict[str, Any]) -> None:
    made = signature({alias: (DataType.STRING, shape) for alias, shape in shapes.items()})
    assert json.loads(example_body(made)) == body
