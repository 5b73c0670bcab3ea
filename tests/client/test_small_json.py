"""Small bodies without numpy: whatever is taken, the codec would have taken alike."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tfsctl.client.small_json import SmallBody
from tfsctl.codec.dtypes import to_numpy
from tfsctl.codec.json_tensor import Format, encode_predictions, parse_predict_body
from tfsctl.codec.tensor_proto import decode_tensor, encode_tensor
from tfsctl.data_type import DataType
from tfsctl.errors import TfsctlError
from tfsctl.protos import PredictResponse
from tfsctl.signature import TensorSpec

STRING = DataType.STRING
TYPES = (
    DataType.FLOAT,
    DataType.DOUBLE,
    DataType.INT32,
    DataType.INT64,
    DataType.BOOL,
    STRING,
    DataType.INT8,
    DataType.HALF,
)
NUMBERS = st.integers(-10, 10) | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([1e39, 0.1, -0.0])
SCALARS = NUMBERS | st.booleans() | st.text(max_size=2) | st.sampled_from([{"b64": "/w=="}, {"b64": "/w"}, None])
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=2)
TENSORS = VALUES | st.dictionaries(st.sampled_from(["a", "b", "b64"]), VALUES, max_size=2)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "instances": st.lists(TENSORS, max_size=3),
        "inputs": TENSORS,
        "signature_name": st.sampled_from(["s", ""]),
        "other": st.none(),
    },
)
SPECS = st.dictionaries(st.sampled_from(["a", "b", "b64"]), st.sampled_from(TYPES), min_size=1, max_size=2)


def specs_of(types: dict[str, DataType]) -> dict[str, TensorSpec]:
    return {alias: TensorSpec(f"{alias}:0", dtype) for alias, dtype in types.items()}


@given(BODIES, SPECS)
def test_what_is_taken_is_what_the_codec_takes(document: dict[str, Any], types: dict[str, DataType]) -> None:
    body, specs = json.dumps(document).encode(), specs_of(types)
    small = SmallBody.parse(body)
    request = None if small is None else small.request(specs)
    if small is None or request is None:
        return
    parsed = parse_predict_body(body)
    expected, fmt = parsed.inputs(specs)
    assert (small.signature_name, small.is_row) == (parsed.signature_name, fmt is Format.ROW)
    assert request.inputs.keys() == expected.keys()
    for alias, array in expected.items():
        found = decode_tensor(request.inputs[alias])
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found, array)


@given(
    st.sampled_from(TYPES).flatmap(
        lambda dtype: st_numpy.arrays(
            to_numpy(dtype),
            st_numpy.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3),
            elements=st.binary(max_size=3) if dtype is STRING else None,
            fill=st.nothing(),
        )
    ),
    st.sampled_from(["y", "y_bytes"]),
    st.sampled_from(list(Format)),
)
def test_an_answer_reads_as_the_codecs(array: np.ndarray, alias: str, fmt: Format) -> None:
    response = PredictResponse()
    encode_tensor(array, response.outputs[alias])
    small = SmallBody.parse(b'{"instances": [1]}' if fmt is Format.ROW else b'{"inputs": 1}')
    assert small is not None
    answer = small.answer(response)
    if answer is not None:
        expected = json.loads(encode_predictions({alias: array}, fmt))
        assert_same(json.loads(answer), expected, array.dtype)


def assert_same(found: Any, expected: Any, numpy_type: np.dtype[Any]) -> None:
    """Equal documents, but for digits that make no difference to a float32."""
    if numpy_type.kind != "f":
        assert found == expected
        return
    assert found.keys() == expected.keys()
    for key in found:
        numbers, others = (np.array(document[key], numpy_type) for document in (found, expected))
        assert (numbers.shape, numbers.tobytes()) == (others.shape, others.tobytes())


@pytest.mark.parametrize(
    ("body", "types"),
    [
        (b'{"instances": [1.0, 2.0, 5.0]}', {"x": DataType.FLOAT}),
        (
            b'{"instances": [{"a": 1, "b": "t"}, {"a": 2, "b": {"b64": "/w=="}}]}',
            {"a": DataType.INT32, "b": STRING},
        ),
        (b'{"inputs": {"a": [[1], [2]], "b": true}}', {"a": DataType.DOUBLE, "b": DataType.BOOL}),
        (b'{"inputs": "text", "signature_name": "s"}', {"x": STRING}),
    ],
)
def test_plain_bodies_are_taken(body: bytes, types: dict[str, DataType]) -> None:
    small = SmallBody.parse(body)
    assert small is not None
    assert small.request(specs_of(types)) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b"{}",
        b'{"instances": [1], "inputs": 1}',
        b'{"instances": [1]} trailing',
        b'\xef\xbb\xbf{"instances": [1]}',
        b'{"instances": [1], "instances": [2]}',
        b'{"instances": [1], "signature_name": 3}',
        b'{"instances": ["\xff"]}',
        b'{"instances": ' + b"[" * 30_000 + b"1" + b"]" * 30_000 + b"}",
        b'{"instances": [' + b"1," * 40_000 + b"1]}",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_unusual_bodies_are_left_to_the_codec(body: bytes) -> None:
    assert SmallBody.parse(body) is None


@pytest.mark.parametrize(
    "value", ["NaN", "1e39", "[[1], [2, 3]]", "[]", "true", '"1"', "null", "9007199254740993", "[1, [2]]", '{"z": 1}']
)
def test_unusual_values_are_left_to_the_codec(value: str) -> None:
    small = SmallBody.parse(f'{{"inputs": {value}}}'.encode())
    assert small is not None
    assert small.request(specs_of({"x": DataType.FLOAT})) is None


def test_row_answers_of_several_outputs_are_objects() -> None:
    response = PredictResponse()
    encode_tensor(np.array([1.5, 2.5], np.float32), response.outputs["b"])
    encode_tensor(np.array([1, 2], np.int32), response.outputs["a"])
    small = SmallBody.parse(b'{"instances": [1]}')
    assert small is not None
    assert json.loads(small.answer(response) or b"") == {"predictions": [{"a": 1, "b": 1.5}, {"a": 2, "b": 2.5}]}


def test_answers_that_are_no_rows_are_left_to_the_codec() -> None:
    response = PredictResponse()
    encode_tensor(np.array(1.5, np.float32), response.outputs["y"])
    small = SmallBody.parse(b'{"instances": [1]}')
    assert small is not None
    assert small.answer(response) is None
    with pytest.raises(TfsctlError):
        encode_predictions({"y": np.array(1.5, np.float32)}, Format.ROW)
