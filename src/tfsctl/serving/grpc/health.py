"""The standard health service (grpc.health.v1) over the serving core. Knows no gRPC engine.

Asked for "" or one of TF Serving's services it tells whether the server is ready; asked for a model's name, whether a
version of that model is available. A draining server serves nothing any more.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from tfsctl.core import ServableState
from tfsctl.errors import InternalError, NotFoundError
from tfsctl.protos import MODEL_SERVICE, PREDICTION_SERVICE
from tfsctl.serving.server_core import ServerCore

HEALTH_SERVICE = "grpc.health.v1.Health"

# TF Serving registers the short names (tensorflow-serving.md §2.1); health clients expect the full ones.
_SERVICES = frozenset({"", PREDICTION_SERVICE, MODEL_SERVICE, "PredictionService", "ModelService"})
_CLOSE_SECONDS = 1.0

# Sends one response message to a watching client; None ends the stream.
Send = Callable[["bytes | None"], object]


@dataclass(eq=False, slots=True)
class _Watcher:
    service: str
    send: Send
    last_sent: int | None = None


class HealthService:
    """Answers Check, and tells watchers of every change. Thread-safe.

    All watchers are told by one thread of this object: the serving core's threads never wait for a client.
    """

    def __init__(self, core: ServerCore) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._watchers: set[_Watcher] = set()
        self._is_closed = False
        self._changes: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._tell_watchers, name="grpc-health", daemon=True)
        self._thread.start()
        self._subscription = core.subscribe(self._on_state)

    def check(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """HealthCheckRequest to HealthCheckResponse; NotFoundError for a name that is no service and no model."""
        del timeout_seconds  # Nothing runs here.
        service = _service(request)
        status = self._status(service)
        if status == HealthCheckResponse.SERVICE_UNKNOWN:
            raise NotFoundError(f"Neither a service nor a model: {service}")
        return _response(status)

    def watch(self, request: bytes, send: Send) -> Callable[[], None]:
        """Send the status now and on every change, until the function returned is called, or `close`."""
        watcher = _Watcher(_service(request), send)
        with self._lock:
            if not self._is_closed:
                self._watchers.add(watcher)
                self._changes.put(True)
                return lambda: self._forget(watcher)
        send(_response(HealthCheckResponse.NOT_SERVING))
        send(None)
        return lambda: None

    def close(self) -> None:
        """Tell watchers that nothing is served any more, and end their streams. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._subscription.close()
        self._changes.put(False)
        # A client that does not read may hold the thread; it is not waited for.
        self._thread.join(_CLOSE_SECONDS)

    def _forget(self, watcher: _Watcher) -> None:
        with self._lock:
            self._watchers.discard(watcher)

    def _all_watchers(self) -> tuple[_Watcher, ...]:
        with self._lock:
            return tuple(self._watchers)

    def _on_state(self, _: ServableState) -> None:
        self._changes.put(True)

    def _tell_watchers(self) -> None:
        more = True
        while more:
            more = self._changes.get()
            for watcher in self._all_watchers():
                status = self._status(watcher.service)
                if status != watcher.last_sent:
                    watcher.last_sent = status
                    _send(watcher, _response(status))
        for watcher in self._all_watchers():
            _send(watcher, None)

    def _status(self, service: str) -> int:
        if service in _SERVICES:
            serves = self._core.is_ready()
        elif service in self._core.model_names():
            serves = self._core.is_available(service)
        else:
            return int(HealthCheckResponse.SERVICE_UNKNOWN)
        return int(HealthCheckResponse.SERVING if serves and not self._is_closed else HealthCheckResponse.NOT_SERVING)


def _send(watcher: _Watcher, response: bytes | None) -> None:
    # Whatever an engine raises for a client that has gone must not stop the others from being told.
    with contextlib.suppress(Exception):
        watcher.send(response)


def _service(request: bytes) -> str:
    try:
        return str(HealthCheckRequest.FromString(request).service)
    except DecodeError as error:
        raise InternalError(f"Exception deserializing request! {error}") from error


def _response(status: int) -> bytes:
    message: Any = HealthCheckResponse(status=status)
    serialized: bytes = message.SerializeToString()
    return serialized
