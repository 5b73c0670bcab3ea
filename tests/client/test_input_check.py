from __future__ import annotations

from typing import Any

import pytest

from tfsctl.client.input_check import Shape, check_body, check_shapes, reshaped
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError
from tfsctl.signature import Signature, TensorSpec


def signature(**inputs: tuple[DataType, Shape | None]) -> Signature:
    specs = {alias: TensorSpec(f"{alias}:0", dtype, shape) for alias, (dtype, shape) in inputs.items()}
    return Signature(name="serving_default", inputs=specs, outputs={})


PIXELS = signature(x=(DataType.FLOAT, (-1, 2, 2)))
PAIR = signature(a=(DataType.FLOAT, (-1,)), b=(DataType.INT32, (-1,)))
TEXTS = signature(s=(DataType.STRING, (-1,)))
TUTORIAL = signature(x=(DataType.FLOAT, (-1, 1)))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"instances": [[[1, 2.5], [3, 4]]]}, PIXELS),
        ({"inputs": {"x": [[[1, 2], [3, float("nan")]]]}}, PIXELS),
        ({"inputs": [[[1, 2], [3, 4]]]}, PIXELS),
        ({"instances": []}, PIXELS),
        ({"instances": [{"a": 1.0, "b": 2}, {"a": 1, "b": 3}]}, PAIR),
        ({"instances": ["a", {"b64": "YQ=="}]}, TEXTS),
        ({"inputs": {"s": [{"b64": "YQ=="}]}}, TEXTS),
        ({"instances": [1.0, 2.0, 5.0]}, TUTORIAL),
        ({"instances": [[1.0], [2.0]]}, TUTORIAL),
        ({"instances": [[[["x"]]]]}, signature(x=(DataType.STRING, None))),
        ({"instances": 5}, PIXELS),
        ({"neither": 5}, PIXELS),
        ([1], PIXELS),
    ],
)
def test_check_body_lets_pass_what_a_model_may_take(body: Any, wanted: Signature) -> None:
    check_body(body, wanted)


@pytest.mark.parametrize(
    ("body", "wanted", "texts"),
    [
        ({"instances": [[1, 2], [3, 4]]}, PIXELS, ("takes float [?, 2, 2], but [2, 2] came", "list of its own")),
        ({"inputs": [[[[1, 2], [3, 4]]]]}, PIXELS, ("[1, 1, 2, 2] came", "one list too many")),
        ({"instances": [[[1, 2], [3]]]}, PIXELS, ("is no tensor", "item 0 is [2], item 1 is [1]")),
        ({"instances": [[[1, 2, 3], [4, 5, 6]]]}, PIXELS, ("[1, 2, 3] came", "Dimension 2 must be 2, not 3.")),
        ({"instances": [[["1", "2"], ["3", "4"]]]}, PIXELS, ("but text came", "without quotes")),
        ({"instances": [{"a": 1.0, "b": 2.0}]}, PAIR, ('"b" takes int32 [?]', "1, not 1.0")),
        ({"instances": [{"a": 1.0, "c": 2}]}, PAIR, ('wants the input "b"', 'no input "c"', "a: float [?]")),
        ({"instances": [5]}, TEXTS, ("but a number came", "double quotes")),
    ],
)
def test_check_body_says_what_came_and_what_to_change(body: Any, wanted: Signature, texts: tuple[str, ...]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_body(body, wanted)
    told = f"{caught.value.message} {caught.value.hint}"
    assert all(text in told for text in texts), told
    assert "--no-check" in told


def test_check_shapes_of_arrays_knows_of_reshaping() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_shapes({"x": (3, 4)}, PIXELS)
    assert caught.value.hint is not None
    assert "--reshape" in caught.value.hint


@pytest.mark.parametrize(
    ("shape", "wanted", "result"),
    [
        ((10, 28, 28), (-1, 784), (10, 784)),
        ((784,), (-1, 28, 28, 1), (1, 28, 28, 1)),
        ((5,), (-1, 2), None),
        ((4,), (2, 2), (2, 2)),
        ((4,), (2, 3), None),
        ((3, 4), (-1, -1, 2), (3, 2, 2)),
        ((3, 4), (-1, -1, -1), (3, 4, 1)),
        ((3, 5), (-1, -1, 2), None),
        ((3,), None, None),
    ],
)
def test_reshaped_keeps_the_number_of_values(shape: Shape, wanted: Shape | None, result: Shape | None) -> None:
    assert reshaped(shape, wanted) == result
