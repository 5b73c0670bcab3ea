"""The client's reading of answers, and that both sides of REST understand each other."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tfsctl.codec.dtypes import from_numpy
from tfsctl.codec.json_request import encode_predict_body
from tfsctl.codec.json_response import decode_predictions, parse_json
from tfsctl.codec.json_tensor import Format, encode_predictions, parse_predict_body
from tfsctl.data_type import DataType
from tfsctl.signature import Signature, TensorSpec


def signature(**dtypes: DataType) -> Signature:
    return Signature("s", {}, {alias: TensorSpec(f"{alias}:0", dtype, (-1, 2)) for alias, dtype in dtypes.items()})


FLOAT_Y = signature(y=DataType.FLOAT)
STRING_Y = signature(y=DataType.STRING)
TWO = signature(a=DataType.FLOAT, b=DataType.INT32)


@pytest.mark.parametrize(
    ("body", "known", "expected"),
    [
        ('{"predictions": [2.5, 3.0]}', FLOAT_Y, {"y": [2.5, 3.0]}),
        ('{"predictions": [2.5, NaN, -Infinity]}', FLOAT_Y, {"y": [2.5, np.nan, -np.inf]}),
        ('{"predictions": [1e39]}', FLOAT_Y, {"y": [np.inf]}),
        ('{"predictions": [2.5, 3.0]}', None, {"predictions": [2.5, 3.0]}),
        ('{"predictions": [{"a": 1.0, "b": 2}, {"a": 3.0, "b": 4}]}', TWO, {"a": [1, 3], "b": [2, 4]}),
        ('{"predictions": [{"a": 1.0, "b": "x"}]}', None, {"a": [1], "b": [b"x"]}),
        ('{"predictions": []}', TWO, {"a": np.zeros((0, 2)).tolist(), "b": np.zeros((0, 2)).tolist()}),
        ('{"outputs": 5}', FLOAT_Y, {"y": 5.0}),
        ('{"outputs": {"a": [1.0], "b": 2}}', TWO, {"a": [1], "b": 2}),
        ('{"outputs": {"b64": "aGk="}}', STRING_Y, {"y": b"hi"}),
        ('{"outputs": {"b64": 5.0}}', signature(b64=DataType.FLOAT), {"b64": 5.0}),
        ('{"predictions": [["a", {"b64": "aGk="}]]}', STRING_Y, {"y": [[b"a", b"hi"]]}),
        ('{"predictions": ["a"]}', None, {"predictions": [b"a"]}),
    ],
)
def test_decode_of_an_answer_gives_each_output(body: str, known: Signature | None, expected: dict[str, Any]) -> None:
    outputs = decode_predictions(body.encode(), known)
    assert repr({alias: array.tolist() for alias, array in outputs.items()}) == repr(
        {alias: np.array(value, dtype=outputs[alias].dtype).tolist() for alias, value in expected.items()}
    )


def test_decode_of_no_rows_keeps_the_types_of_the_signature() -> None:
    outputs = decode_predictions(b'{"predictions": []}', TWO)
    assert {alias: (array.dtype, array.shape) for alias, array in outputs.items()} == {
        "a": (np.dtype(np.float32), (0, 2)),
        "b": (np.dtype(np.int32), (0, 2)),
    }


def test_decode_of_a_string_that_is_not_utf8_gives_its_bytes() -> None:
    assert decode_predictions(b'{"outputs": "\xff\x80"}', STRING_Y)["y"].item() == b"\xff\x80"


@pytest.mark.parametrize(
    ("body", "known"),
    [
        (b"", None),
        (b"<html>", None),
        (b"[1]", None),
        (b'{"error": "x"}', None),
        (b'{"predictions": 5}', None),
        (b'{"predictions": [1]}', TWO),
        (b'{"predictions": [{"a": 1, "b": 2}, {"a": 1}]}', TWO),
        (b'{"predictions": [{"a": 1, "b": 2}, 3]}', TWO),
        (b'{"predictions": [[1], [1, 2]]}', FLOAT_Y),
        (b'{"predictions": [{}]}', FLOAT_Y),
        (b'{"predictions": [5]}', STRING_Y),
        (b'{"predictions": [["a"], "b"]}', STRING_Y),
        (b'{"predictions": [{"b64": "a"}]}', STRING_Y),
        (b'{"predictions": [300]}', signature(y=DataType.INT8)),
        (b'{"outputs": ' + b"[" * 100_000, FLOAT_Y),
    ],
)
def test_decode_of_what_is_no_such_answer_is_a_value_error(body: bytes, known: Signature | None) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are those of the JSON library or numpy
        decode_predictions(body, known)


def test_parse_json_takes_the_words_of_tf_serving() -> None:
    assert repr(parse_json(b'{"a": [NaN, Infinity, -Infinity, 1]}')) == "{'a': [nan, inf, -inf, 1]}"


TYPES = [
    np.float32,
    np.float64,
    np.float16,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint32,
    np.uint64,
    np.bool_,
]


def as_bfloat16(bits: np.ndarray) -> np.ndarray:
    array: np.ndarray = bits.view(ml_dtypes.bfloat16)
    return array


# What is inside a dimension of size zero cannot be seen in JSON.
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=4) | st.just((2, 0))
NUMBERS = st.sampled_from(TYPES).flatmap(lambda dtype: hnp.arrays(dtype, SHAPES))
STRINGS = hnp.arrays(object, hnp.array_shapes(max_dims=2, max_side=3), elements=st.binary(max_size=6))
ARRAYS = NUMBERS | STRINGS | hnp.arrays(np.uint16, SHAPES).map(as_bfloat16)


def same(left: np.ndarray, right: np.ndarray) -> bool:
    return (left.dtype, left.shape, repr(left.tolist())) == (right.dtype, right.shape, repr(right.tolist()))


@given(ARRAYS, ARRAYS)
def test_request_of_the_client_is_understood_by_the_server(first: np.ndarray, second: np.ndarray) -> None:
    inputs = {"a": first, "b": second}
    specs = {alias: TensorSpec(f"{alias}:0", from_numpy(array.dtype)) for alias, array in inputs.items()}
    request = parse_predict_body(encode_predict_body(inputs, signature_name="s"))
    tensors, fmt = request.inputs(specs)
    assert (request.signature_name, fmt) == ("s", Format.COLUMNAR)
    assert same(tensors["a"], first)
    assert same(tensors["b"], second)


@given(ARRAYS, ARRAYS)
def test_answer_of_the_server_is_understood_by_the_client(first: np.ndarray, second: np.ndarray) -> None:
    outputs = {"a": first, "b_bytes": second}
    known = Signature("s", {}, {alias: TensorSpec(alias, from_numpy(array.dtype)) for alias, array in outputs.items()})
    decoded = decode_predictions(encode_predictions(outputs, Format.COLUMNAR), known)
    assert same(decoded["a"], first)
    assert same(decoded["b_bytes"], second)
    alone = decode_predictions(
        encode_predictions({"a": first}, Format.COLUMNAR), Signature("s", {}, {"a": known.outputs["a"]})
    )
    assert same(alone["a"], first)


@pytest.mark.parametrize("key", ["predictions", "outputs"])
def test_one_long_string_does_not_make_all_of_them_long(key: str) -> None:
    """numpy would, where no signature says that these are strings."""
    strings = ["a"] * 1000 + ["b" * 100_000]
    body = json.dumps({key: strings}).encode()
    tracemalloc.start()
    (decoded,) = decode_predictions(body, None).values()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert decoded.tolist() == [text.encode() for text in strings]
    assert peak < 20 * len(body)
