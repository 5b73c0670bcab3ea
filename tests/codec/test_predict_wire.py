"""Whole Predict messages: what we write by hand is what protobuf reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tfsctl.codec.predict_wire import (
    parse_predict_request,
    serialize_predict_request,
    serialize_predict_response,
)
from tfsctl.codec.tensor_proto import decode_inputs, encode_tensor
from tfsctl.errors import InternalError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import PredictResponse

OUTPUTS = st.dictionaries(
    st.text(max_size=4).filter(lambda alias: alias.isprintable()),
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8, np.bool_, np.float16]),
        hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=20),
    ),
    max_size=3,
)


@given(OUTPUTS, st.integers(0, 2**63 - 1), st.sampled_from(["", "s"]))
def test_response_is_the_message_that_protobuf_would_write(
    outputs: dict[str, np.ndarray], version: int, signature_name: str
) -> None:
    expected = PredictResponse()
    expected.model_spec.name = "m"
    expected.model_spec.version.value = version
    expected.model_spec.signature_name = signature_name or "serving_default"
    for alias, array in outputs.items():
        expected.outputs[alias].CopyFrom(encode_tensor(array))
    spec = ModelSpec("m", version=version, signature_name=signature_name)
    message = PredictResponse.FromString(serialize_predict_response(outputs, spec))
    assert repr(message) == repr(expected)  # In this form NaN equals NaN.


def test_response_of_a_large_array_is_read_back() -> None:
    array = np.arange(100_000, dtype=np.float32).reshape(10, -1)
    message = PredictResponse.FromString(serialize_predict_response({"y": array}, ModelSpec("m", version=1)))
    assert (decode_inputs(message.outputs)["y"] == array).all()


def test_response_never_echoes_a_label() -> None:
    spec = ModelSpec("m", version=3, version_label="stable")
    message = PredictResponse.FromString(serialize_predict_response({}, spec))
    assert not message.model_spec.HasField("version_label")
    assert message.model_spec.version.value == 3


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec("m"),
        ModelSpec("m", version=0),
        ModelSpec("m", version=2**63 - 1, signature_name="s"),
        ModelSpec("é", version_label="stable"),
    ],
)
def test_request_is_read_back(spec: ModelSpec) -> None:
    inputs = {"x": np.array([[1.5]], dtype=np.float32), "s": np.array([b"\xff"], dtype=object)}
    parts = parse_predict_request(serialize_predict_request(spec, inputs, output_filter=["y", "z"]))
    tensors = decode_inputs(parts.inputs)
    assert (parts.model_spec, parts.output_filter) == (spec, ("y", "z"))
    assert (tensors["x"].tolist(), tensors["s"].tolist()) == ([[1.5]], [b"\xff"])


def test_request_of_nothing_has_no_model_spec() -> None:
    assert parse_predict_request(b"").model_spec is None


def test_request_that_is_no_message_is_an_internal_error() -> None:
    with pytest.raises(InternalError, match="Exception deserializing request!"):
        parse_predict_request(b"\xff")
