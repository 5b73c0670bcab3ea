"""The gRPC client. Messages pass through grpcio as bytes; requests is not loaded."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from tfsctl.client.base_client import BaseClient, to_spec
from tfsctl.client.client import DEFAULT_TIMEOUT_SECONDS, Connection, ExampleApi, InferenceApi
from tfsctl.client.grpc_errors import mapped_errors
from tfsctl.client.grpc_messages import (
    metadata_request,
    parse_metadata,
    parse_status,
    parsed,
    status_request,
)
from tfsctl.client.json_body import json_body
from tfsctl.client.json_call import JsonCall
from tfsctl.client.predict_codec import GrpcPredictCodec
from tfsctl.client.shell_line import grpcurl_options, grpcurl_target
from tfsctl.client.tls_files import TlsFiles, default_roots, read_pem
from tfsctl.client.values import Classification, Regression
from tfsctl.errors import UnimplementedError
from tfsctl.protos import MODEL_SERVICE, PREDICTION_SERVICE

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress
    from tfsctl.client.values import ModelMetadata, ModelSummary, VersionStatus
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

_T = TypeVar("_T")
_PREDICT = f"{PREDICTION_SERVICE}/Predict"
_OPTIONS: tuple[tuple[str, int | str], ...] = (
    # Python's default for receiving is 4 MiB; TF Serving has no limit (tensorflow-serving.md §2.3).
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A server that is starting should be found soon after it is there.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
)
_EXAMPLES = {"classify": f"{PREDICTION_SERVICE}/Classify", "regress": f"{PREDICTION_SERVICE}/Regress"}
_CANNOT_LIST = "This server cannot tell which models it serves: TensorFlow Serving has no such request."
_CANNOT_CHANGE_LABELS = "This server cannot change version labels alone: TensorFlow Serving has no such request."
_RELOAD = "It takes a whole new configuration instead: `reload`."


class GrpcClient(BaseClient):
    """A `Client` that speaks TensorFlow Serving's gRPC API (tensorflow-serving.md §2); contracts there.

    All threads share one channel.
    """

    def __init__(self, address: ServerAddress, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        super().__init__(address, timeout_seconds=timeout_seconds)
        options = [*_OPTIONS, ("grpc.enable_http_proxy", int(not address.is_loopback))]
        if address.socket is not None:  # Else it is the path that the server's certificate would have to name.
            options += [("grpc.ssl_target_name_override", address.host), ("grpc.default_authority", address.host)]
        if address.secure:
            self._channel = grpc.secure_channel(address.target, _credentials(address.tls), options=options)
        else:
            self._channel = grpc.insecure_channel(address.target, options=options)
        self._predict = self._method(_PREDICT)
        self._get_metadata = self._method(f"{PREDICTION_SERVICE}/GetModelMetadata")
        self._get_status = self._method(f"{MODEL_SERVICE}/GetModelStatus")

    def predict_json(
        self, spec: ModelSpec | str, body: bytes | Mapping[str, Any], *, timeout_seconds: float | None = None
    ) -> bytes:
        """See `Client.predict_json`."""
        spec, timeout = to_spec(spec), self._timeout(timeout_seconds)
        with self._advised(spec):
            call = self._json_call(spec, body, timeout)
            return self._parsed(call.answer, self._call(self._predict, call.request(), timeout))

    def request_line(
        self, spec: ModelSpec | str, body: bytes | Mapping[str, Any], *, api: InferenceApi = "predict"
    ) -> str:
        """See `Client.request_line`."""
        from google.protobuf import json_format

        spec = to_spec(spec)
        with self._advised(spec):
            if api == "predict":
                method, message = _PREDICT, self._json_call(spec, body, self._timeout_seconds).message()
            else:
                method, message = _EXAMPLES[api], self._examples_request(api, spec, json_body(spec, body))
        text = json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)
        address = self._address
        return shlex.join(["grpcurl", *grpcurl_options(address), "-d", text, grpcurl_target(address), method])

    def fetch_status(self, spec: ModelSpec, timeout_seconds: float) -> tuple[VersionStatus, ...]:
        """See `BaseClient`."""
        reply = self._call(self._get_status, status_request(spec), timeout_seconds)
        return self._parsed(parse_status, reply)

    def fetch_metadata(self, spec: ModelSpec, timeout_seconds: float) -> ModelMetadata:
        """See `BaseClient`."""
        reply = self._call(self._get_metadata, metadata_request(spec), timeout_seconds)
        return self._parsed(parse_metadata, reply)

    def fetch_models(self, timeout_seconds: float) -> tuple[ModelSummary, ...]:
        """See `BaseClient`."""
        import tfsctl.client.grpc_management as management

        method = self._method(management.LIST_MODELS)
        try:
            return self._parsed(management.parse_models, self._call(method, b"", timeout_seconds))
        except UnimplementedError as error:
            raise UnimplementedError(_CANNOT_LIST, hint="Name the model.") from error

    def reload(
        self, config: Any, *, metric_names: Sequence[str] = (), timeout_seconds: float | None = None
    ) -> dict[str, int]:
        """See `Client.reload`."""
        import tfsctl.client.grpc_management as management

        request = management.reload_request(config, metric_names)
        reply = self._call(self._method(management.RELOAD), request, self._timeout(timeout_seconds))
        return self._parsed(management.parse_reload, reply)

    def change_labels(
        self,
        model: str,
        *,
        assign: Mapping[str, int] | None = None,
        drop: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, int]:
        """See `Client.change_labels`."""
        import tfsctl.client.grpc_management as management

        request = management.labels_request(model, assign or {}, drop)
        try:
            reply = self._call(self._method(management.CHANGE_LABELS), request, self._timeout(timeout_seconds))
        except UnimplementedError as error:
            raise UnimplementedError(_CANNOT_CHANGE_LABELS, hint=_RELOAD) from error
        return self._parsed(management.parse_labels, reply)

    def connection(self, spec: ModelSpec | str) -> Connection:
        """See `Client.connection`. All share the channel: HTTP/2 carries many calls at once."""
        to_spec(spec)
        return _ChannelConnection(lambda request, timeout: self._call(self._predict, request, timeout))

    def call(self, method: str, request: bytes, *, timeout_seconds: float) -> bytes:
        """Any other call of one message to one, by its full name, `SERVICE/METHOD`; raises as the methods above do."""
        return self._call(self._method(method), request, timeout_seconds)

    def close(self) -> None:
        """See `Client.close`."""
        self._channel.close()

    def _codec(self, spec: ModelSpec, signature: Signature, output_filter: tuple[str, ...]) -> GrpcPredictCodec:
        return GrpcPredictCodec(spec, signature, self._address, output_filter)

    def _send(self, spec: ModelSpec, request: bytes, timeout_seconds: float) -> bytes:
        del spec  # It stands in the request.
        return self._call(self._predict, request, timeout_seconds)

    def _send_examples(self, api: ExampleApi, spec: ModelSpec, body: bytes, timeout_seconds: float) -> bytes:
        request = self._examples_request(api, spec, body)
        return self._call(self._method(_EXAMPLES[api]), request.SerializeToString(), timeout_seconds)

    def _examples_request(self, api: ExampleApi, spec: ModelSpec, body: bytes) -> Any:
        from tfsctl.client.grpc_examples import examples_request

        return examples_request(api, spec, body)

    def _decode_classification(self, spec: ModelSpec, reply: bytes) -> Classification:
        from tfsctl.client.example_json import to_example_classes
        from tfsctl.client.grpc_examples import parse_classification

        del spec  # The reply says which version it was.
        rows, answered = self._parsed(parse_classification, reply)
        return Classification(to_example_classes(rows), answered)

    def _decode_regression(self, spec: ModelSpec, reply: bytes) -> Regression:
        import numpy as np

        from tfsctl.client.grpc_examples import parse_regression

        del spec
        values, answered = self._parsed(parse_regression, reply)
        return Regression(np.array(values, dtype=np.float32), answered)

    def _as_json(self, api: ExampleApi, reply: bytes) -> bytes:
        from tfsctl.client.grpc_examples import answer_as_json

        return self._parsed(lambda given: answer_as_json(api, given), reply)

    def _json_call(self, spec: ModelSpec, body: bytes | Mapping[str, Any], timeout_seconds: float) -> JsonCall:
        return JsonCall(spec, json_body(spec, body), lambda meant: self._signatures.get(meant, timeout_seconds))

    def _method(self, path: str) -> grpc.UnaryUnaryMultiCallable[bytes, bytes]:
        return self._channel.unary_unary(f"/{path}", request_serializer=None, response_deserializer=None)

    def _call(
        self, method: grpc.UnaryUnaryMultiCallable[bytes, bytes], request: bytes, timeout_seconds: float
    ) -> bytes:
        with mapped_errors(self._address, timeout_seconds):
            return method(request, timeout=timeout_seconds)

    def _parsed(self, parse: Callable[[bytes], _T], reply: bytes) -> _T:
        return parsed(self._address, parse, reply)


def _credentials(files: TlsFiles) -> grpc.ChannelCredentials:
    ca, certificate, key = files.ca_file, files.cert_file, files.key_file or files.cert_file
    return grpc.ssl_channel_credentials(
        root_certificates=read_pem(Path(ca or default_roots())),
        private_key=read_pem(key) if key is not None else None,
        certificate_chain=read_pem(certificate) if certificate is not None else None,
    )


class _ChannelConnection:
    """A `Connection` over the client's channel."""

    def __init__(self, call: Callable[[bytes, float], bytes]) -> None:
        self._call = call

    def open(self) -> None:
        """Nothing to do: the channel connects once, at its first call, for all."""

    def send(self, request: bytes, *, timeout_seconds: float) -> bytes:
        """See `Connection.send`."""
        return self._call(request, timeout_seconds)

    def close(self) -> None:
        """Nothing to do: the channel belongs to the client."""
