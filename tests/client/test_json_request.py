"""Arrays as the body of a REST predict request."""

from __future__ import annotations

import base64
import json
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tfsctl.codec.json_request import encode_predict_body
from tfsctl.errors import UnimplementedError

SHAPES = st_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
NUMBERS = ("float32", "float64", "float16", "int8", "int64", "uint64", "bool")


def sent(array: np.ndarray) -> Any:
    return json.loads(encode_predict_body({"x": array}))["inputs"]["x"]


@given(st.sampled_from(NUMBERS).flatmap(lambda name: st_numpy.arrays(name, SHAPES)))
def test_numbers_read_back_to_the_same_array(array: np.ndarray) -> None:
    back = np.array(sent(array), array.dtype).reshape(array.shape)
    np.testing.assert_array_equal(back, array)
    # -0.0 too; a NaN has no sign in JSON.
    sign, expected = (np.signbit(values.astype(float)) & (values == values) for values in (back, array))  # noqa: PLR0124
    np.testing.assert_array_equal(sign, expected)


@given(st_numpy.arrays(object, SHAPES, elements=st.binary(max_size=4), fill=st.nothing()))
def test_bytes_go_as_base64(array: np.ndarray) -> None:
    def decoded(value: Any) -> Any:
        return [decoded(item) for item in value] if isinstance(value, list) else base64.b64decode(value["b64"])

    assert decoded(sent(array)) == array.tolist()


def test_float32_has_the_shortest_digits() -> None:
    assert encode_predict_body({"x": np.array([0.1, 1, -0.0], np.float32)}) == b'{"inputs":{"x":[0.1,1.0,-0.0]}}'


def test_not_finite_numbers_are_bare_words() -> None:
    body = encode_predict_body({"x": np.array([np.nan, np.inf, -np.inf, 0.5])})
    assert body == b'{"inputs":{"x":[NaN,Infinity,-Infinity,0.5]}}'


def test_a_signature_name_comes_before_the_inputs() -> None:
    body = encode_predict_body({"a": np.array(1), "b": np.array([True])}, signature_name='s"')
    assert body == b'{"signature_name":"s\\"","inputs":{"a":1,"b":[true]}}'


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([1.5], ml_dtypes.bfloat16), [1.5]),
        (np.array([-8, 7], ml_dtypes.int4), [-8, 7]),
        (np.array([(3,)], [("qint8", np.int8)]), [3]),
        (np.array([1.5], ">f8"), [1.5]),
        (np.asfortranarray([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.arange(6).reshape(2, 3)[:, ::2], [[0, 2], [3, 5]]),
    ],
)
def test_unusual_arrays_are_sent_as_plain_numbers(array: np.ndarray, expected: Any) -> None:
    assert sent(array) == expected


def test_complex_numbers_are_unimplemented_and_point_to_grpc() -> None:
    with pytest.raises(UnimplementedError) as caught:
        encode_predict_body({"x": np.array([1j])})
    assert "--grpc" in (caught.value.hint or "")
