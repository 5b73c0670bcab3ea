"""Whole gRPC Predict messages, as bytes (tensorflow-serving.md §2.2, §2.4, §2.5).

Written without protobuf where that is much faster: the numbers of a tensor are on the wire what they are in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from tfsctl.codec.model_spec_wire import echo_bytes, model_spec_bytes, read_model_spec
from tfsctl.codec.tensor_wire import content_bytes, tensor_bytes, whole_content_bytes
from tfsctl.codec.varint import field
from tfsctl.errors import InternalError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import PredictRequest


@dataclass(frozen=True, slots=True)
class PredictRequestParts:
    """A predict request. `model_spec` is None where there is none; the inputs are TensorProtos, not yet decoded."""

    model_spec: ModelSpec | None
    inputs: Mapping[str, Any]
    output_filter: tuple[str, ...]


def parse_predict_request(request: bytes) -> PredictRequestParts:
    """Take a serialized PredictRequest apart. Raises InternalError, as gRPC does, if the bytes are no such message."""
    try:
        message = PredictRequest.FromString(request)
    except DecodeError as error:
        raise InternalError(f"Exception deserializing request! {error}") from None
    spec = read_model_spec(message.model_spec) if message.HasField("model_spec") else None
    return PredictRequestParts(spec, message.inputs, tuple(message.output_filter))


def serialize_predict_response(outputs: Mapping[str, np.ndarray], spec: ModelSpec) -> bytes:
    """A serialized PredictResponse with all elements in the typed fields.

    `spec` is echoed with the version that was used and the signature's resolved name; a label never is.
    Raises InvalidArgumentError for an array of a type that TensorFlow does not have.
    """
    tensors = [_map_entry(1, alias, tensor_bytes(array)) for alias, array in outputs.items()]
    return b"".join([*tensors, field(2, echo_bytes(spec))])


def serialize_predict_response_as_content(outputs: Mapping[str, np.ndarray], spec: ModelSpec) -> bytes:
    """The same with all elements in `tensor_content`, for clients that look there (tensorflow-serving.md §2.5)."""
    tensors = [_map_entry(1, alias, whole_content_bytes(array)) for alias, array in outputs.items()]
    return b"".join([*tensors, field(2, echo_bytes(spec))])


def serialize_predict_request(
    spec: ModelSpec, inputs: Mapping[str, np.ndarray], *, output_filter: Sequence[str] = ()
) -> bytes:
    """A serialized PredictRequest; numbers go as `tensor_content`, the form that is cheapest for both sides.

    Raises InvalidArgumentError for an array of a type that TensorFlow does not have.
    """
    tensors = [_map_entry(2, alias, content_bytes(array)) for alias, array in inputs.items()]
    wanted = [field(3, alias.encode()) for alias in output_filter]
    return b"".join([field(1, model_spec_bytes(spec)), *tensors, *wanted])


def _map_entry(number: int, alias: str, value: bytes) -> bytes:
    return field(number, field(1, alias.encode()) + field(2, value))
