"""PredictionLog messages: a request with its answer, as bytes (tensorflow-serving.md §5, §9).

Composed without protobuf: messages that came or went as bytes go into the log as they are.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfsctl.codec.inference_result import Classifications, Regressions
from tfsctl.codec.inference_wire import serialize_response
from tfsctl.codec.model_spec_wire import echo_bytes, model_spec_bytes
from tfsctl.codec.predict_wire import serialize_predict_response
from tfsctl.codec.tensor_wire import tensor_bytes
from tfsctl.codec.varint import field, varint_field
from tfsctl.model_spec import ModelSpec

_RATE = struct.Struct("<Bd")  # Field 1 of SamplingConfig, a double.
_RATE_TAG = 0x09


class LogKind(enum.IntEnum):
    """The fields of PredictionLog for what is logged; each is a message of `request`, 1, and `response`, 2."""

    CLASSIFY = 2
    REGRESS = 3
    MULTI_INFERENCE = 4
    PREDICT = 6


def prediction_log(kind: LogKind, metadata: bytes, request: bytes, response: bytes) -> bytes:
    """A serialized PredictionLog. `metadata` is a serialized LogMetadata."""
    return field(1, metadata) + field(kind, field(1, request) + field(2, response))


def log_metadata(spec: ModelSpec, *, sampling_config: bytes, tags: Sequence[str], timestamp_secs: int) -> bytes:
    """A serialized LogMetadata. `spec` has the version that was used; it is logged with it, and without a label."""
    return b"".join(
        [
            field(1, echo_bytes(spec)),
            field(2, sampling_config),
            *[field(3, tag.encode()) for tag in tags],
            varint_field(4, timestamp_secs),
        ]
    )


def sampling_config_bytes(sampling_rate: float) -> bytes:
    """A serialized SamplingConfig with a rate and nothing else."""
    return _RATE.pack(_RATE_TAG, sampling_rate) if sampling_rate else b""


def predict_messages(
    given: ModelSpec,
    used: ModelSpec,
    inputs: Mapping[str, np.ndarray[Any, Any]],
    outputs: Mapping[str, np.ndarray[Any, Any]],
) -> tuple[bytes, bytes]:
    """A PredictRequest for `given`, and the PredictResponse that says what was `used`."""
    tensors = [field(2, field(1, alias.encode()) + field(2, tensor_bytes(array))) for alias, array in inputs.items()]
    request = b"".join([field(1, model_spec_bytes(given)), *tensors])
    return request, serialize_predict_response(outputs, used)


def examples_messages(
    given: ModelSpec, used: ModelSpec, examples: Sequence[bytes], result: Classifications | Regressions
) -> tuple[bytes, bytes]:
    """A ClassificationRequest or RegressionRequest, whose fields have the same numbers, and its response."""
    example_list = field(1, b"".join([field(1, example) for example in examples]))
    return field(1, model_spec_bytes(given)) + field(2, example_list), serialize_response(result, used)
