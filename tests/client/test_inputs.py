"""What callers pass becomes arrays of the signature's types, or an error that says what was wanted."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.client.input_check import describe
from tfsctl.client.inputs import to_arrays
from tfsctl.codec.dtypes import to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError
from tfsctl.signature import Signature, TensorSpec

INTEGERS = (
    DataType.INT8,
    DataType.INT16,
    DataType.INT32,
    DataType.INT64,
    DataType.UINT8,
    DataType.UINT16,
    DataType.UINT32,
    DataType.UINT64,
)


def taking(**dtypes: DataType) -> Signature:
    """A signature with inputs of these types."""
    return Signature("s", {alias: TensorSpec(f"{alias}:0", dtype, (-1,)) for alias, dtype in dtypes.items()}, {})


def converted(value: Any, dtype: DataType) -> np.ndarray:
    return to_arrays({"x": value}, taking(x=dtype))["x"]


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ([1, 2], DataType.FLOAT, np.array([1, 2], np.float32)),
        (2.5, DataType.HALF, np.array(2.5, np.float16)),
        ([0.5], DataType.BFLOAT16, np.array([0.5], ml_dtypes.bfloat16)),
        ([1e300], DataType.FLOAT, np.array([np.inf], np.float32)),
        ([1, 2.5, 1j], DataType.COMPLEX64, np.array([1, 2.5, 1j], np.complex64)),
        ([True, False], DataType.BOOL, np.array([True, False])),
        ([2**63], DataType.UINT64, np.array([2**63], np.uint64)),
        ([1, 2**63], DataType.UINT64, np.array([1, 2**63], np.uint64)),
        ([-7, 7], DataType.INT4, np.array([-7, 7], ml_dtypes.int4)),
        ([3], DataType.QINT8, np.array([(3,)], [("qint8", np.int8)])),
        ([], DataType.INT32, np.zeros(0, np.int32)),
        (np.array([1.5], ">f4"), DataType.FLOAT, np.array([1.5], np.float32)),
        (np.array([1, 2], np.int64), DataType.UINT8, np.array([1, 2], np.uint8)),
    ],
)
def test_numbers_become_the_wanted_type(value: Any, dtype: DataType, expected: np.ndarray) -> None:
    array = converted(value, dtype)
    assert array.dtype == expected.dtype == to_numpy(dtype)
    np.testing.assert_array_equal(array, expected)


def test_an_array_of_the_wanted_type_is_not_copied() -> None:
    array = np.ones((2, 3), np.float32)
    assert converted(array, DataType.FLOAT) is array


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("grüße", b"gr\xc3\xbc\xc3\x9fe"),
        (b"\xff\x00", b"\xff\x00"),
        (["a", b"b\x00"], [b"a", b"b\x00"]),
        ([["a"], ["b"]], [[b"a"], [b"b"]]),
        (np.array(["a", "b"]), [b"a", b"b"]),
        (np.array([b"a"], object), [b"a"]),
        ([], []),
    ],
)
def test_text_and_bytes_become_bytes(value: Any, expected: Any) -> None:
    array = converted(value, DataType.STRING)
    assert (array.dtype, array.tolist()) == (np.dtype(object), expected)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([1.5], DataType.INT32),
        ([2**31], DataType.INT32),
        ([-1], DataType.UINT64),
        ([2**64], DataType.UINT64),
        ([8], DataType.INT4),
        ([200], DataType.QINT8),
        (["1"], DataType.FLOAT),
        ([1], DataType.BOOL),
        ([1j], DataType.FLOAT),
        ([None], DataType.FLOAT),
        ([1], DataType.STRING),
        ([["a"], ["b", "c"]], DataType.STRING),
        ([[1], [2, 3]], DataType.FLOAT),
        (np.array([0.5]), DataType.INT32),
        (np.array([2**40]), DataType.INT32),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_what_is_wanted(value: Any, dtype: DataType) -> None:
    with pytest.raises(InvalidArgumentError, match=f'Input "x" takes {dtype.tf_name} .*does not fit'):
        converted(value, dtype)


def test_a_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        converted(["text"] * 1000, DataType.FLOAT)
    assert len(caught.value.message) < 150


@given(st.lists(st.integers(-(2**65), 2**65), min_size=1, max_size=4), st.sampled_from(INTEGERS))
def test_integers_arrive_exactly_or_not_at_all(values: list[int], dtype: DataType) -> None:
    limits = np.iinfo(to_numpy(dtype))
    if all(limits.min <= value <= limits.max for value in values):
        assert converted(values, dtype).tolist() == values
    else:
        with pytest.raises(InvalidArgumentError):
            converted(values, dtype)


def test_a_bare_value_goes_to_the_only_input() -> None:
    assert to_arrays([1.0], taking(x=DataType.FLOAT))["x"].tolist() == [1.0]


def test_a_bare_value_for_several_inputs_is_an_error_that_names_them() -> None:
    with pytest.raises(InvalidArgumentError, match="2 inputs") as caught:
        to_arrays([1.0], taking(a=DataType.FLOAT, b=DataType.STRING))
    assert caught.value.hint == "It takes a: float [?], b: string [?]."


@pytest.mark.parametrize(("value", "dtype"), [([1.5], "float64"), (["a"], "object")])
def test_an_unknown_alias_is_left_for_the_server_to_judge(value: Any, dtype: str) -> None:
    assert to_arrays({"z": value}, taking(x=DataType.FLOAT))["z"].dtype == dtype


@pytest.mark.parametrize(
    ("shape", "text"), [(None, "float of any shape"), ((), "one float"), ((-1, 784), "float [?, 784]")]
)
def test_describe_says_type_and_shape(shape: tuple[int, ...] | None, text: str) -> None:
    assert describe(TensorSpec("x:0", DataType.FLOAT, shape)) == text
