"""Calls to a server's gRPC port with the protocol's own messages, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import numpy as np

from tfsctl.codec.tensor_proto import decode_tensor, encode_tensor
from tfsctl.protos import (
    MODEL_SERVICE,
    PREDICTION_SERVICE,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpecProto,
    PredictRequest,
    PredictResponse,
    TensorProto,
)

CALL_SECONDS = 30.0
_UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


def floats(*values: float) -> Any:
    """A TensorProto of float32."""
    return tensor(np.array(values, np.float32))


def tensor(array: np.ndarray[Any, Any]) -> Any:
    return encode_tensor(array, TensorProto())


def model_spec(name: str, version: int | None = None, label: str | None = None, signature: str = "") -> Any:
    spec = ModelSpecProto(name=name, signature_name=signature)
    if version is not None:
        spec.version.value = version
    if label is not None:
        spec.version_label = label
    return spec


class GrpcCalls:
    """One channel to a server."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel

    def raw(self, service: str, method: str, request: bytes, timeout: float = CALL_SECONDS) -> bytes:
        call = self.channel.unary_unary(f"/{service}/{method}")
        response: bytes = call(request, timeout=timeout)
        return response

    def send_predict(self, request: Any, timeout: float = CALL_SECONDS) -> Any:
        response = self.raw(PREDICTION_SERVICE, "Predict", request.SerializeToString(), timeout)
        return PredictResponse.FromString(response)

    def predict(
        self,
        spec: Any,
        inputs: Mapping[str, Any],
        output_filter: Sequence[str] = (),
        timeout: float = CALL_SECONDS,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """The outputs as arrays; `spec` is a model's name or a message."""
        spec = model_spec(spec) if isinstance(spec, str) else spec
        request = PredictRequest(model_spec=spec, inputs=inputs, output_filter=output_filter)
        outputs = self.send_predict(request, timeout).outputs
        return {alias: decode_tensor(outputs[alias]) for alias in outputs}

    def status(self, spec: Any) -> list[Any]:
        request = GetModelStatusRequest(model_spec=spec).SerializeToString()
        response = GetModelStatusResponse.FromString(self.raw(MODEL_SERVICE, "GetModelStatus", request))
        return list(response.model_version_status)

    def metadata(self, spec: Any, *fields: str) -> Any:
        request = GetModelMetadataRequest(model_spec=spec, metadata_field=fields).SerializeToString()
        return GetModelMetadataResponse.FromString(self.raw(PREDICTION_SERVICE, "GetModelMetadata", request))


@contextmanager
def connected(address: str, credentials: Any = None) -> Iterator[GrpcCalls]:
    with open_channel(address, credentials) as channel:
        yield GrpcCalls(channel)


def open_channel(address: str, credentials: Any = None, **options: int | str) -> Any:
    """A channel, over TLS if there are credentials, with gRPC's own options, named without `grpc.`."""
    settings = [*_UNLIMITED, *((f"grpc.{name}", value) for name, value in options.items())]
    if credentials is None:
        return grpc.insecure_channel(address, options=settings)
    return grpc.secure_channel(address, credentials, options=settings)


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """Code and text of the status that `call` ends with."""
    try:
        answer = call()
    except grpc.RpcError as error:
        failed: Any = error
        return failed.code().name, failed.details()
    raise AssertionError(f"was answered: {answer}")
