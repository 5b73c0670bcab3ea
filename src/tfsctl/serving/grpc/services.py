"""TF Serving's gRPC services as functions of request bytes; they know nothing of the engine that carries them.

A method takes the bytes of a request message and returns those of the response, or raises a TfsctlError. To add
one, write it and list it in `methods`; what is not listed there is UNIMPLEMENTED to a client.

Bytes that are not the message expected are INTERNAL, as in C++ gRPC; there the text is empty, here it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from tfsctl.codec.inference_wire import serialize_multi_inference_response, serialize_response
from tfsctl.codec.model_spec_wire import read_model_spec
from tfsctl.codec.predict_wire import (
    PredictRequestParts,
    parse_predict_request,
    serialize_predict_response,
    serialize_predict_response_as_content,
)
from tfsctl.core import ServableHandle
from tfsctl.errors import InvalidArgumentError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import (
    PREDICTION_SERVICE,
    ClassificationRequest,
    GetModelMetadataRequest,
    MultiInferenceRequest,
    RegressionRequest,
)
from tfsctl.serving.grpc.messages import given_spec, model_spec_of, name_of, parse_message, used_spec
from tfsctl.serving.inference.classifier import classify
from tfsctl.serving.inference.example_input import read_examples
from tfsctl.serving.inference.multi_inference import InferenceResult, InferenceTask, multi_inference
from tfsctl.serving.inference.predict_message import decode_input, signature_not_found
from tfsctl.serving.inference.predictor import Predictor, find_signature
from tfsctl.serving.inference.regressor import regress
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.models.model_metadata import SIGNATURE_DEF_FIELD, metadata_message
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.request_log.record import LogKind
from tfsctl.serving.server_core import ServerCore

# What metrics call them.
_API_NAMES = {LogKind.CLASSIFY: "Classify", LogKind.REGRESS: "Regress"}


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
    """`tensorflow.serving.PredictionService`.

    `as_tensor_content` is how Predict writes the values of its outputs.

    Attributes:
        find_servable: Looks up the models to run; may be exchanged at any time.
    """

    name: str = PREDICTION_SERVICE

    def __init__(
        self,
        core: ServerCore,
        predictor: Predictor,
        *,
        metrics: Metrics | None = None,
        as_tensor_content: bool = False,
    ) -> None:
        self._serialize = serialize_predict_response_as_content if as_tensor_content else serialize_predict_response
        metrics = metrics if metrics is not None else Metrics()
        self._core = core
        self.find_servable: Callable[[ModelSpec], ServableHandle[Servable]] = core.servable
        self._predictor = predictor
        self._requests = metrics.grpc
        self._example_counts = metrics.request_example_counts
        self._logs = core.request_logs

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
            name_of(parts.model_spec), "Predict", lambda: self._predict(parts, request, timeout_seconds=timeout_seconds)
        )

    def _predict(self, parts: PredictRequestParts, request: bytes, *, timeout_seconds: float | None) -> bytes:
        spec = given_spec(parts.model_spec)
        handle = self.find_servable(spec)
        signature = find_signature(handle.servable, spec.resolved_signature_name, signature_not_found)
        outputs = self._predictor.predict(
            handle.servable,
            signature,
            parts.inputs,
            decode=decode_input,
            output_names=parts.output_filter,
            timeout_seconds=timeout_seconds,
        )
        used = used_spec(spec, handle.id.version)
        response = self._serialize(outputs, used)
        if self._logs.by_model:
            self._log(LogKind.PREDICT, used, request, response)
        return response

    def classify(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """ClassificationRequest to ClassificationResponse (tensorflow-serving.md §6)."""
        return self._infer(LogKind.CLASSIFY, ClassificationRequest, classify, request, timeout_seconds=timeout_seconds)

    def regress(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """RegressionRequest to RegressionResponse (tensorflow-serving.md §6)."""
        return self._infer(LogKind.REGRESS, RegressionRequest, regress, request, timeout_seconds=timeout_seconds)

    def multi_inference(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """MultiInferenceRequest to MultiInferenceResponse; the first task decides about model and version (§6.4)."""
        message = parse_message(MultiInferenceRequest, request)
        specs = [read_model_spec(task.model_spec) for task in message.tasks]
        tasks = [
            InferenceTask(spec.name, spec.resolved_signature_name, task.method_name)
            for spec, task in zip(specs, message.tasks, strict=True)
        ]
        handle = self.find_servable(specs[0] if specs else ModelSpec(""))
        results = multi_inference(
            handle.servable,
            tasks,
            read_examples(message.input),
            check_method_name=self._predictor.checks_method_name,
            timeout_seconds=timeout_seconds,
            on_examples=lambda num: self._example_counts.cell(specs[0].name).record(num),
        )
        used = [used_spec(spec, handle.id.version) for spec in specs]
        response = serialize_multi_inference_response(zip(results, used, strict=True))
        if self._logs.by_model:
            self._log(LogKind.MULTI_INFERENCE, used[0], request, response)
        return response

    def _infer(
        self,
        kind: LogKind,
        message_class: Any,
        method: Callable[..., InferenceResult],
        request: bytes,
        *,
        timeout_seconds: float | None,
    ) -> bytes:
        """Classify or regress: the messages of both have the same fields."""
        api = _API_NAMES[kind]
        message = parse_message(message_class, request)
        spec = model_spec_of(message)

        def answer() -> bytes:
            given = given_spec(spec)
            handle = self.find_servable(given)
            run = partial(
                method,
                handle.servable,
                given.resolved_signature_name,
                read_examples(message.input),
                check_method_name=self._predictor.checks_method_name,
                timeout_seconds=timeout_seconds,
            )
            result = self._predictor.runs.record(handle.servable, given.resolved_signature_name, api, run)
            used = used_spec(given, handle.id.version)
            response = serialize_response(result, used)
            if self._logs.by_model:
                self._log(kind, used, request, response)
            return response

        return self._requests.record(name_of(spec), api, answer)

    def _log(self, kind: LogKind, used: ModelSpec, request: bytes, response: bytes) -> None:
        log = self._logs.wanted(used.name)
        if log is not None:
            log.add(kind, used, len(request) + len(response), lambda: (request, response))

    def get_model_metadata(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """GetModelMetadataRequest to GetModelMetadataResponse; field names are checked before the model is sought."""
        del timeout_seconds  # Nothing runs here.
        message = parse_message(GetModelMetadataRequest, request)
        spec = given_spec(model_spec_of(message))
        if not message.metadata_field:
            raise InvalidArgumentError("GetModelMetadataRequest must specify at least one metadata_field")
        for field in message.metadata_field:
            if field != SIGNATURE_DEF_FIELD:
                raise InvalidArgumentError(f"Metadata field {field} is not supported")
        serialized: bytes = metadata_message(self._core.servable(spec).servable).SerializeToString()
        return serialized
