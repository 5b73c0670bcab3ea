"""Classify, regress and MultiInference calls to a server, for tests."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serving.grpc_calls import CALL_SECONDS, GrpcCalls, model_spec
from tfsctl.protos import (
    PREDICTION_SERVICE,
    ClassificationRequest,
    ClassificationResponse,
    Example,
    Input,
    MultiInferenceRequest,
    MultiInferenceResponse,
    RegressionRequest,
    RegressionResponse,
)
from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME


def example(**features: float) -> Any:
    """A tf.Example of floats."""
    message = Example()
    for name, value in features.items():
        message.features.feature[name].float_list.value.append(value)
    return message


def given(*examples: Any, context: Any = None) -> Any:
    """An Input message."""
    message = Input()
    if context is None:
        message.example_list.examples.extend(examples)
        message.example_list.SetInParent()
    else:
        message.example_list_with_context.examples.extend(examples)
        message.example_list_with_context.context.CopyFrom(context)
    return message


def examples_spec(signature: str = "") -> Any:
    """The zoo's `examples` with one of its signatures."""
    return model_spec("examples", signature=signature)


@dataclass(frozen=True)
class ExampleCalls:
    """The methods for examples over one channel."""

    calls: GrpcCalls

    def classify(self, spec: Any, message: Any, timeout: float = CALL_SECONDS) -> Any:
        request = ClassificationRequest(model_spec=spec, input=message)
        return ClassificationResponse.FromString(self._send("Classify", request, timeout))

    def regress(self, spec: Any, message: Any, timeout: float = CALL_SECONDS) -> Any:
        request = RegressionRequest(model_spec=spec, input=message)
        return RegressionResponse.FromString(self._send("Regress", request, timeout))

    def multi_inference(self, tasks: Sequence[tuple[Any, str]], message: Any, timeout: float = CALL_SECONDS) -> Any:
        """Each task is a model spec and a method name."""
        request = MultiInferenceRequest(input=message)
        for spec, method_name in tasks:
            task = request.tasks.add(method_name=method_name)
            if spec is not None:
                task.model_spec.CopyFrom(spec)
        return MultiInferenceResponse.FromString(self._send("MultiInference", request, timeout))

    def _send(self, method: str, request: Any, timeout: float) -> bytes:
        return self.calls.raw(PREDICTION_SERVICE, method, request.SerializeToString(), timeout)


def classes_of(result: Any) -> list[list[tuple[str, float]]]:
    """The content of a ClassificationResult."""
    return [[(entry.label, entry.score) for entry in row.classes] for row in result.classifications]


def values_of(result: Any) -> list[float]:
    """The content of a RegressionResult."""
    return [regression.value for regression in result.regressions]


def classify_task(spec: Any) -> tuple[Any, str]:
    return spec, CLASSIFY_METHOD_NAME


def regress_task(spec: Any) -> tuple[Any, str]:
    return spec, REGRESS_METHOD_NAME


def post(address: str, target: str, body: str) -> tuple[int, str]:
    """Status and body of the answer to a POST to a server's REST port."""
    connection = http.client.HTTPConnection(address, timeout=CALL_SECONDS)
    try:
        connection.request("POST", f"/v1/models/{target}", body.encode())
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()
