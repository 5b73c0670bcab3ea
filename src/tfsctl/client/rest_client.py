"""The REST client. A prediction from JSON loads requests, and neither numpy, protobuf nor grpc."""

from __future__ import annotations

import shlex
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from tfsctl.client.base_client import BaseClient, to_spec
from tfsctl.client.client import DEFAULT_TIMEOUT_SECONDS, Connection, ExampleApi, InferenceApi
from tfsctl.client.example_json import parse_class_rows, parse_values, to_example_classes
from tfsctl.client.json_body import json_body
from tfsctl.client.metadata_json import parse_metadata, parse_models, parse_status
from tfsctl.client.model_url import model_url
from tfsctl.client.predict_codec import RestPredictCodec
from tfsctl.client.rest_errors import error_from_reply, mapped_errors, not_tensorflow_serving, parsed
from tfsctl.client.shell_line import curl_options
from tfsctl.client.tls_files import default_roots
from tfsctl.client.values import (
    Classification,
    ModelMetadata,
    ModelSummary,
    Regression,
    VersionStatus,
)
from tfsctl.errors import InvalidArgumentError, UnimplementedError

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress
    from tfsctl.model_spec import ModelSpec
    from tfsctl.signature import Signature

_T = TypeVar("_T")
_JSON = {"Content-Type": "application/json"}
_CANNOT_LIST = "This server cannot tell which models it serves: TensorFlow Serving has no such request."
_USE_GRPC = "Ask the server's gRPC port: --grpc (8500 unless told otherwise)."


class RestClient(BaseClient):
    """A `Client` that speaks TensorFlow Serving's REST API (tensorflow-serving.md §1); contracts there.

    Each thread has its own requests session, kept alive between calls. Proxies and certificates are taken from the
    environment as requests does it, except for this machine itself.
    """

    def __init__(self, address: ServerAddress, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        super().__init__(address, timeout_seconds=timeout_seconds)
        self._local = threading.local()
        # Weakly: a thread's session goes with the thread.
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        files = address.tls
        self._verify = str(files.ca_file or default_roots()) if address.secure else True
        own = [str(path) for path in (files.cert_file, files.key_file) if path is not None]
        self._certificate = (own[0], own[-1]) if own else None

    def predict_json(
        self, spec: ModelSpec | str, body: bytes | Mapping[str, Any], *, timeout_seconds: float | None = None
    ) -> bytes:
        """See `Client.predict_json`."""
        spec = to_spec(spec)
        with self._advised(spec):
            reply = self._send(spec, json_body(spec, body), self._timeout(timeout_seconds))
        return self._json_object(reply)

    def request_line(
        self, spec: ModelSpec | str, body: bytes | Mapping[str, Any], *, api: InferenceApi = "predict"
    ) -> str:
        """See `Client.request_line`."""
        spec = to_spec(spec)
        text = json_body(spec, body).decode(errors="surrogateescape")
        return shlex.join(["curl", *curl_options(self._address), "-d", text, self._url(spec, f":{api}")])

    def reload(
        self, config: Any, *, metric_names: Sequence[str] = (), timeout_seconds: float | None = None
    ) -> dict[str, int]:
        """See `Client.reload`."""
        del config, metric_names, timeout_seconds
        raise UnimplementedError("REST has no request to reload a configuration.", hint=_USE_GRPC)

    def change_labels(
        self,
        model: str,
        *,
        assign: Mapping[str, int] | None = None,
        drop: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, int]:
        """See `Client.change_labels`."""
        del model, assign, drop, timeout_seconds
        raise UnimplementedError("REST has no request to change version labels.", hint=_USE_GRPC)

    def fetch_status(self, spec: ModelSpec, timeout_seconds: float) -> tuple[VersionStatus, ...]:
        """See `BaseClient`."""
        return self._get(self._url(spec, ""), parse_status, timeout_seconds)

    def fetch_metadata(self, spec: ModelSpec, timeout_seconds: float) -> ModelMetadata:
        """See `BaseClient`."""
        return self._get(self._url(spec, "/metadata"), parse_metadata, timeout_seconds)

    def fetch_models(self, timeout_seconds: float) -> tuple[ModelSummary, ...]:
        """See `BaseClient`."""
        try:
            return self._get(f"{self._address.http_url}/v1/models", parse_models, timeout_seconds)
        except InvalidArgumentError as error:
            raise UnimplementedError(_CANNOT_LIST, hint="Name the model.") from error

    def connection(self, spec: ModelSpec | str) -> Connection:
        """See `Client.connection`."""
        spec = to_spec(spec)
        if self._has_proxy():
            return _SessionConnection(lambda request, timeout: self._send(spec, request, timeout))
        from tfsctl.client.http_connection import HttpConnection

        return HttpConnection(self._address, self._url(spec, ":predict"))

    def close(self) -> None:
        """See `Client.close`."""
        for session in list(self._sessions):
            session.close()

    def _codec(self, spec: ModelSpec, signature: Signature, output_filter: tuple[str, ...]) -> RestPredictCodec:
        return RestPredictCodec(spec, signature, self._address, output_filter)

    def _send(self, spec: ModelSpec, request: bytes, timeout_seconds: float) -> bytes:
        return self._request("POST", self._url(spec, ":predict"), request, timeout_seconds)

    def _send_examples(self, api: ExampleApi, spec: ModelSpec, body: bytes, timeout_seconds: float) -> bytes:
        return self._request("POST", self._url(spec, f":{api}"), body, timeout_seconds)

    def _decode_classification(self, spec: ModelSpec, reply: bytes) -> Classification:
        return Classification(to_example_classes(self._parsed(parse_class_rows, reply)), spec)

    def _decode_regression(self, spec: ModelSpec, reply: bytes) -> Regression:
        import numpy as np

        return Regression(np.array(self._parsed(parse_values, reply), dtype=np.float32), spec)

    def _as_json(self, api: ExampleApi, reply: bytes) -> bytes:
        del api  # It is in that form already.
        return self._json_object(reply)

    def _json_object(self, reply: bytes) -> bytes:
        if not reply.lstrip().startswith(b"{"):
            raise not_tensorflow_serving(self._address, "no JSON object")
        return reply

    def _url(self, spec: ModelSpec, suffix: str) -> str:
        return model_url(self._address, spec, suffix)

    def _get(self, url: str, parse: Callable[[bytes], _T], timeout_seconds: float) -> _T:
        return self._parsed(parse, self._request("GET", url, None, timeout_seconds))

    def _parsed(self, parse: Callable[[bytes], _T], body: bytes) -> _T:
        return parsed(self._address, parse, body)

    def _request(self, method: str, url: str, body: bytes | None, timeout_seconds: float) -> bytes:
        with mapped_errors(self._address, timeout_seconds):
            reply = self._session().request(
                method,
                url,
                data=body,
                headers=_JSON if body is not None else None,
                timeout=timeout_seconds,
                allow_redirects=False,
                # Said here: what a session is told, requests lets the environment overrule.
                verify=self._verify,
            )
            content = reply.content
        if reply.status_code != requests.codes.ok:
            raise error_from_reply(self._address, reply.status_code, content)
        return content

    def _has_proxy(self) -> bool:
        """Whether the environment says that the way to the server leads over a proxy."""
        url = self._address.http_url
        proxies = requests.utils.get_environ_proxies(url, no_proxy=None)
        return not self._address.is_loopback and requests.utils.select_proxy(url, proxies) is not None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = not self._address.is_loopback
            session.cert = self._certificate
            # A server needs longer to pack digits than most networks do to carry them.
            session.headers["Accept-Encoding"] = "identity"
            if self._address.socket is not None:
                from tfsctl.client.unix_adapter import UnixAdapter

                session.mount(self._address.http_url, UnixAdapter(self._address))
            self._local.session = session
            self._sessions.add(session)
        return session


class _SessionConnection:
    """A `Connection` over the client's sessions, where a proxy lies between."""

    def __init__(self, send: Callable[[bytes, float], bytes]) -> None:
        self._send = send

    def open(self) -> None:
        """Nothing to do: requests connects at the first call."""

    def send(self, request: bytes, *, timeout_seconds: float) -> bytes:
        """See `Connection.send`."""
        return self._send(request, timeout_seconds)

    def close(self) -> None:
        """Nothing to do: the session belongs to the client."""
