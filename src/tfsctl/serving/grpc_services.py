"""TF Serving's gRPC services as functions of request bytes; they know nothing of the engine that carries them.

A method takes the bytes of a request message and returns those of the response, or raises a TfsctlError. To add
one, write it and list it in `methods`; what is not listed there is UNIMPLEMENTED to a client.

Bytes that are not the message expected are INTERNAL, as in C++ gRPC; there the text is empty, here it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np
from google.protobuf.message import DecodeError

from tfsctl.codec.inference_wire import serialize_multi_inference_response, serialize_response
from tfsctl.codec.model_spec_wire import read_model_spec
from tfsctl.codec.predict_wire import PredictRequestParts, parse_predict_request, serialize_predict_response
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.errors import FailedPreconditionError, InternalError, InvalidArgumentError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import (
    MODEL_SERVICE,
    PREDICTION_SERVICE,
    ClassificationRequest,
    GetModelMetadataRequest,
    GetModelStatusRequest,
    MultiInferenceRequest,
    RegressionRequest,
    ReloadConfigRequest,
)
from tfsctl.serving.classifier import classify
from tfsctl.serving.example_input import read_examples
from tfsctl.serving.metrics import Metrics
from tfsctl.serving.model_metadata import SIGNATURE_DEF_FIELD, metadata_message
from tfsctl.serving.model_status import status_message
from tfsctl.serving.multi_inference import InferenceResult, InferenceTask, multi_inference
from tfsctl.serving.predictor import Predictor, find_signature
from tfsctl.serving.regressor import regress
from tfsctl.serving.reload_request import reload_config
from tfsctl.serving.request_metrics import RequestMetrics
from tfsctl.serving.server_core import ServerCore


class UnaryMethod(Protocol):
    """One method: request bytes, and how long the caller still waits, to response bytes."""

    def __call__(self, request: bytes, *, timeout_seconds: float | None) -> bytes:
        """Answer, or raise a TfsctlError."""


class Service(Protocol):
    """A named set of methods."""

    name: str

    def methods(self) -> Mapping[str, UnaryMethod]:
        """The methods by the names they have in the protocol."""


class PredictionService:
    """`tensorflow.serving.PredictionService`."""

    name: str = PREDICTION_SERVICE

    def __init__(self, core: ServerCore, predictor: Predictor, *, requests: RequestMetrics | None = None) -> None:
        self._core = core
        self._predictor = predictor
        self._requests = requests if requests is not None else Metrics().grpc

    def methods(self) -> Mapping[str, UnaryMethod]:
        """The methods served: all there are."""
        return {
            "Predict": self.predict,
            "Classify": self.classify,
            "Regress": self.regress,
            "MultiInference": self.multi_inference,
            "GetModelMetadata": self.get_model_metadata,
        }

    def predict(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """PredictRequest to PredictResponse (tensorflow-serving.md §2.4, §2.5)."""
        parts = parse_predict_request(request)
        return self._requests.record(
            _name(parts.model_spec), "Predict", lambda: self._predict(parts, timeout_seconds=timeout_seconds)
        )

    def _predict(self, parts: PredictRequestParts, *, timeout_seconds: float | None) -> bytes:
        spec = _given(parts.model_spec)
        handle = self._core.servable(spec)
        signature = find_signature(handle.servable, spec.resolved_signature_name, _signature_not_found)
        outputs = self._predictor.predict(
            handle.servable,
            signature,
            parts.inputs,
            decode=_decode_input,
            output_names=parts.output_filter,
            timeout_seconds=timeout_seconds,
        )
        return serialize_predict_response(outputs, _used(spec, handle.id.version))

    def classify(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """ClassificationRequest to ClassificationResponse (tensorflow-serving.md §6)."""
        return self._infer("Classify", ClassificationRequest, classify, request, timeout_seconds=timeout_seconds)

    def regress(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """RegressionRequest to RegressionResponse (tensorflow-serving.md §6)."""
        return self._infer("Regress", RegressionRequest, regress, request, timeout_seconds=timeout_seconds)

    def multi_inference(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """MultiInferenceRequest to MultiInferenceResponse; the first task decides about model and version (§6.4)."""
        message = _parse(MultiInferenceRequest, request)
        specs = [read_model_spec(task.model_spec) for task in message.tasks]
        tasks = [
            InferenceTask(spec.name, spec.resolved_signature_name, task.method_name)
            for spec, task in zip(specs, message.tasks, strict=True)
        ]
        handle = self._core.servable(specs[0] if specs else ModelSpec(""))
        results = multi_inference(
            handle.servable,
            tasks,
            read_examples(message.input),
            check_method_name=self._predictor.checks_method_name,
            timeout_seconds=timeout_seconds,
        )
        used = [_used(spec, handle.id.version) for spec in specs]
        return serialize_multi_inference_response(zip(results, used, strict=True))

    def _infer(
        self,
        api: str,
        message_class: Any,
        method: Callable[..., InferenceResult],
        request: bytes,
        *,
        timeout_seconds: float | None,
    ) -> bytes:
        """Classify or regress: the messages of both have the same fields."""
        message = _parse(message_class, request)
        spec = _model_spec(message)

        def answer() -> bytes:
            given = _given(spec)
            handle = self._core.servable(given)
            run = partial(
                method,
                handle.servable,
                given.resolved_signature_name,
                read_examples(message.input),
                check_method_name=self._predictor.checks_method_name,
                timeout_seconds=timeout_seconds,
            )
            result = self._predictor.runs.record(handle.servable, given.resolved_signature_name, api, run)
            return serialize_response(result, _used(given, handle.id.version))

        return self._requests.record(_name(spec), api, answer)

    def get_model_metadata(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """GetModelMetadataRequest to GetModelMetadataResponse; field names are checked before the model is sought."""
        del timeout_seconds  # Nothing runs here.
        message = _parse(GetModelMetadataRequest, request)
        spec = _given(_model_spec(message))
        if not message.metadata_field:
            raise InvalidArgumentError("GetModelMetadataRequest must specify at least one metadata_field")
        for field in message.metadata_field:
            if field != SIGNATURE_DEF_FIELD:
                raise InvalidArgumentError(f"Metadata field {field} is not supported")
        serialized: bytes = metadata_message(self._core.servable(spec).servable).SerializeToString()
        return serialized


class ModelService:
    """`tensorflow.serving.ModelService`."""

    name: str = MODEL_SERVICE

    def __init__(self, core: ServerCore, *, metrics: Metrics | None = None) -> None:
        self._core = core
        self._metrics = metrics if metrics is not None else Metrics()

    def methods(self) -> Mapping[str, UnaryMethod]:
        """The methods served: all there are."""
        return {
            "GetModelStatus": self.get_model_status,
            "HandleReloadConfigRequest": self.handle_reload_config_request,
        }

    def handle_reload_config_request(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """ReloadConfigRequest to ReloadConfigResponse, once the new models are available (§2.6, §3.6)."""
        message = _parse(ReloadConfigRequest, request)
        response = reload_config(message, self._core, metrics=self._metrics, timeout_seconds=timeout_seconds)
        serialized: bytes = response.SerializeToString()
        return serialized

    def get_model_status(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """GetModelStatusRequest to GetModelStatusResponse; a label is ignored, as TF Serving does (§2.6)."""
        del timeout_seconds  # Nothing runs here.
        spec = _given(_model_spec(_parse(GetModelStatusRequest, request)))
        serialized: bytes = status_message(self._core.version_states(spec)).SerializeToString()
        return serialized


def _parse(message_class: Any, request: bytes) -> Any:
    try:
        return message_class.FromString(request)
    except DecodeError as error:
        raise InternalError(f"Exception deserializing request! {error}") from error


def _name(spec: ModelSpec | None) -> str:
    return spec.name if spec is not None else ""


def _given(spec: ModelSpec | None) -> ModelSpec:
    if spec is None:
        raise InvalidArgumentError("Missing ModelSpec")
    return spec


def _model_spec(message: Any) -> ModelSpec | None:
    return read_model_spec(message.model_spec) if message.HasField("model_spec") else None


def _used(spec: ModelSpec, version: int) -> ModelSpec:
    """What an answer echoes: the version that was used, and no label (§2.4)."""
    return ModelSpec(spec.name, version=version, signature_name=spec.signature_name)


def _signature_not_found(name: str) -> FailedPreconditionError:
    return FailedPreconditionError(f'Serving signature key "{name}" not found.')


def _decode_input(alias: str, tensor: Any) -> np.ndarray[Any, Any]:
    try:
        return decode_tensor(tensor)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"tensor parsing error: {alias}") from error
