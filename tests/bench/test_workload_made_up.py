"""Inputs made from a signature: values, ranges, shapes, and how many different ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bench.workload_calls import made, num_right
from tfsctl.bench.workload import InputRange, InputShape
from tfsctl.bench.workload.value_maker import ValueMaker
from tfsctl.client import Client
from tfsctl.client.inputs import to_arrays
from tfsctl.codec.dtypes import to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.signature import Signature, TensorSpec

NOT_MADE = {DataType.INVALID, DataType.RESOURCE, DataType.VARIANT}


@pytest.mark.parametrize("model", ["mnist", "cnn", "sum_difference", "strings", "scalar", "half_plus_two_tf2"])
@pytest.mark.parametrize("values", ["random", "zeros", "ones"])
def test_what_is_made_is_answered(client: Client, model: str, values: str) -> None:
    workload = made(client, model, values=values, ranges=(), distinct=3)
    assert num_right(client, workload) == workload.num_requests == 3
    assert workload.description.startswith(f"{values} inputs for the signature")


def test_random_requests_differ_and_are_the_same_for_the_same_seed(client: Client) -> None:
    first, second = (made(client, "cnn", values="random", distinct=4) for _ in range(2))
    requests = [first.request(number) for number in range(4)]
    assert len(set(requests)) == 4
    assert requests == [second.request(number) for number in range(4)]
    assert made(client, "cnn", values="random").num_requests == 16


def test_a_batch_size_is_the_first_dimension(client: Client) -> None:
    workload = made(client, "sum_difference", batch_size=5, ranges=(InputRange("b", 3, 3),), distinct=1)
    expected = {"a": np.random.default_rng(0).uniform(0, 1, 5).astype(np.float32), "b": [3] * 5}
    assert workload.request(0) == client.encode_predict("sum_difference", expected)
    assert workload.description.endswith("(always the same request, 5 rows in each)")


def test_shapes_fill_open_dimensions_and_ranges_bound_values(client: Client) -> None:
    shapes = (InputShape("c", (2, 3)), InputShape("a", (4,)))
    ranges = (InputRange("a", -2.0, -1.0), InputRange("c", 2, 4))
    workload = made(client, "outputs", signature_name="three", shapes=shapes, ranges=ranges, distinct=2)
    assert num_right(client, workload) == 2


@pytest.mark.parametrize("dtype", [dtype for dtype in DataType if dtype not in NOT_MADE])
@pytest.mark.parametrize("values", ["random", "zeros", "ones"])
def test_values_of_every_type_are_made(dtype: DataType, values: str) -> None:
    signature = Signature("s", {"x": TensorSpec("x:0", dtype, (-1, 3))}, {})
    made_up = ValueMaker(signature, (), values=values, seed=1).make("x", (2, 3))
    array = to_arrays({"x": made_up}, signature)["x"]
    assert (array.shape, array.dtype) == ((2, 3), to_numpy(dtype))


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [(DataType.FLOAT, -3.0, -1.5), (DataType.INT64, -7, 9), (DataType.UINT8, 0, 255), (DataType.DOUBLE, 5.0, 5.0)],
)
def test_random_values_lie_in_their_range(dtype: DataType, low: float, high: float) -> None:
    signature = Signature("s", {"x": TensorSpec("x:0", dtype, (-1,))}, {})
    array = ValueMaker(signature, [InputRange(None, low, high)], values="random", seed=1).make("x", (2000,))
    assert low <= array.min() <= array.max() <= high
    assert low == high or np.unique(array).size > 10


def test_random_texts_have_as_many_letters_as_the_range_says() -> None:
    signature = Signature("s", {"x": TensorSpec("x:0", DataType.STRING, (-1,))}, {})
    texts = ValueMaker(signature, [InputRange("x", 2, 5)], values="random", seed=1).make("x", (200,))
    assert {len(text) for text in texts} == {2, 3, 4, 5}
    assert all(text.isalpha() for text in texts)


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        ("sum_difference", {"ranges": (InputRange("c", 0, 1),)}, 'no input "c"'),
        ("sum_difference", {"ranges": (InputRange("b", 0, 0.5),)}, "int32"),
        ("sum_difference", {"ranges": (InputRange("b", 0, 2.0**40),)}, "out of range"),
        ("sum_difference", {"shapes": (InputShape(None, (2,)),)}, "Which input"),
        ("cnn", {"shapes": (InputShape("images", (1, 28, 28)),)}, r"takes float \[\?, 28, 28, 1\]"),
        ("cnn", {"shapes": (InputShape(None, (2, 28, 28, 1)),), "batch_size": 3}, "does not go with"),
        ("scalar", {"batch_size": 4}, "no dimension for 4 rows"),
        ("strings", {"ranges": (InputRange("x", -2, -1),)}, "letters"),
        ("cnn", {"batch_size": 100_000}, "MiB"),
    ],
)
def test_what_does_not_go_with_the_signature_is_said(
    client: Client, model: str, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        made(client, model, **inputs)
    assert isinstance(caught.value, UsageError) or "out of range" in message
