"""Requests as the records of a warm-up file: PredictionLogs without answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfsctl.model_spec import ModelSpec

if TYPE_CHECKING:
    import numpy as np

# The kinds that a server replays, and what they are called here.
KINDS = {
    "predict_log": "predict",
    "classify_log": "classify",
    "regress_log": "regress",
    "multi_inference_log": "multi_inference",
}


def predict_record(spec: ModelSpec, inputs: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    """A Predict request for the signature of `spec`."""
    from tfsctl.codec.predict_wire import serialize_predict_request
    from tfsctl.protos import PredictionLog

    log = PredictionLog()
    log.predict_log.request.ParseFromString(serialize_predict_request(spec, inputs))
    return _serialized(log)


def examples_record(method: str, spec: ModelSpec, examples: Sequence[bytes]) -> bytes:
    """A `classify` or `regress` request with serialized tf.Examples."""
    from tfsctl.protos import PredictionLog

    log = PredictionLog()
    request = (log.classify_log if method == "classify" else log.regress_log).request
    request.model_spec.name, request.model_spec.signature_name = spec.name, spec.signature_name
    request.input.example_list.SetInParent()
    for example in examples:
        request.input.example_list.examples.add().ParseFromString(example)
    return _serialized(log)


def request_only(log: Any) -> bytes:
    """The record of a PredictionLog of one of the KINDS, without the answer and whatever else a log has noted."""
    from tfsctl.protos import PredictionLog

    kind = log.WhichOneof("log_type")
    copy = PredictionLog()
    getattr(copy, kind).request.CopyFrom(getattr(log, kind).request)
    return _serialized(copy)


def model_specs(log: Any) -> list[Any]:
    """The ModelSpec messages of the request of a PredictionLog of one of the KINDS: one, or one for each task."""
    kind = log.WhichOneof("log_type")
    request = getattr(log, kind).request
    return [task.model_spec for task in request.tasks] if kind == "multi_inference_log" else [request.model_spec]


def _serialized(log: Any) -> bytes:
    data: bytes = log.SerializeToString(deterministic=True)
    return data
