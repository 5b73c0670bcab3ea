"""The gRPC port, on grpcio's `grpc.server`. The only module of the server that knows grpcio.

Requests and responses pass as bytes. Calls wait for a thread in a queue without limit; TF Serving refuses them instead
(tensorflow-serving.md §14). Health and reflection have threads of their own: a full queue of predictions is no reason
to call a server dead.

grpcio's own way to stop kills calls that have arrived and are not yet in Python's hands, with CANCELLED, which no
client tries again. So this server first refuses calls by itself, with UNAVAILABLE, and lets grpcio stop when none comes
any more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

import grpc

from tfsctl.errors import ServerStartError, TfsctlError, UnavailableError
from tfsctl.serving.call_threads import CallThreads
from tfsctl.serving.grpc_health import HEALTH_SERVICE, HealthService
from tfsctl.serving.grpc_services import Service, UnaryMethod
from tfsctl.serving.listen_address import check_can_listen, format_address

_LOGGER = logging.getLogger("tfsctl.serving")

_OPTIONS = (
    # tensorflow-serving.md §2.3. Python's own default for receiving is 4 MiB.
    ("grpc.max_receive_message_length", 2**31 - 1),
    ("grpc.max_send_message_length", -1),
    # Two servers on one port would each get some of the requests: a taken port is to be an error.
    ("grpc.so_reuseport", 0),
)
_MAX_MESSAGE_BYTES = 1024
_TRUNCATED = "...TRUNCATED"
_STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
# grpcio gives calls without a deadline one that lies centuries ahead.
_NO_DEADLINE_SECONDS = 10.0 * 365 * 86400
_NUM_CONTROL_THREADS = 8
_CANCEL_SECONDS = 5.0
# A draining server ends when for so long no call has come that had to be refused, or they never cease.
_QUIET_SECONDS = 0.05
_MAX_REFUSING_SECONDS = 1.0
_REFLECTION_SERVICES = ("grpc.reflection.v1alpha.ServerReflection", "grpc.reflection.v1.ServerReflection")

_Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"


class GrpcServer:
    """Serves `services`, health and reflection on one port.

    `start` binds; `stop_accepting`, `drain` and `close` come in this order. `port` is the one bound.
    """

    def __init__(
        self, services: Sequence[Service], health: HealthService, *, host: str, port: int, max_threads: int = 0
    ) -> None:
        self.port = port
        self._host = host
        self._health = health
        self._threads = CallThreads(max_threads or 4 * (os.cpu_count() or 1), "grpc")
        self._control_threads = CallThreads(_NUM_CONTROL_THREADS, "grpc-control")
        self._streams = _OpenStreams()
        self._server = grpc.server(self._threads, options=_OPTIONS)
        self._methods = _Methods(
            {
                f"/{service.name}/{name}": grpc.unary_unary_rpc_method_handler(_unary_function(method))
                for service in services
                for name, method in service.methods().items()
            },
            refusal=grpc.unary_unary_rpc_method_handler(self._on_control_threads(_refuse)),
        )
        names = [service.name for service in services]
        self._server.add_generic_rpc_handlers((self._methods, _Methods(self._health_and_reflection(names))))

    def start(self) -> None:
        """Bind and serve. Raises ServerStartError where the port cannot be had."""
        try:
            self.port = self._server.add_insecure_port(format_address(self._host, self.port))
        except RuntimeError as error:
            check_can_listen(self._host, self.port)  # Says why; grpcio does not.
            address = format_address(self._host, self.port)
            raise ServerStartError(f"Cannot listen on {address}: {error}") from error
        self._server.start()

    def stop_accepting(self) -> None:
        """Refuse new calls with UNAVAILABLE; running and waiting calls go on."""
        self._health.close()
        self._streams.close()
        self._methods.is_refusing = True

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until all calls taken are answered, then end connections. Returns whether that came to pass."""
        deadline = time.monotonic() + timeout_seconds
        is_idle = self._threads.wait_until_idle(timeout_seconds)
        self._refuse_until_quiet()
        # What is answered may still have to be sent.
        self._server.stop(max(0.0, deadline - time.monotonic()) if is_idle else 0).wait()
        return is_idle

    def close(self) -> None:
        """Let go of port and threads. A call that still runs a model is not waited for."""
        self._health.close()
        self._server.stop(0).wait(_CANCEL_SECONDS)
        for threads in (self._threads, self._control_threads):
            threads.shutdown(wait=False, cancel_futures=True)

    def _refuse_until_quiet(self) -> None:
        give_up = time.monotonic() + _MAX_REFUSING_SECONDS
        while (busy_seconds := _QUIET_SECONDS - self._control_threads.seconds_since_last_call()) > 0:
            if time.monotonic() > give_up:
                return
            time.sleep(busy_seconds)

    def _health_and_reflection(self, services: Sequence[str]) -> dict[str, _Handler]:
        check = self._on_control_threads(_unary_function(self._health.check))
        watch = self._on_control_threads(_watch_function(self._health))
        # A watching client must not hold a thread for as long as it is there.
        watch.__dict__["experimental_non_blocking"] = True
        names = [*services, HEALTH_SERVICE, _REFLECTION_SERVICES[0]]
        reflect = grpc.stream_stream_rpc_method_handler(
            self._on_control_threads(_reflect_function(names, self._streams))
        )
        return {
            f"/{HEALTH_SERVICE}/Check": grpc.unary_unary_rpc_method_handler(check),
            f"/{HEALTH_SERVICE}/Watch": grpc.unary_stream_rpc_method_handler(watch),
            # The messages of both versions are the same on the wire.
            **{f"/{name}/ServerReflectionInfo": reflect for name in _REFLECTION_SERVICES},
        }

    def _on_control_threads(self, function: Callable[..., Any]) -> Callable[..., Any]:
        function.__dict__["experimental_thread_pool"] = self._control_threads
        return function


class _Methods(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # Generic in the stubs only.
    """Handlers by the full names of their methods. Asked by grpcio when a call comes, before it waits for a thread."""

    def __init__(self, handlers: Mapping[str, _Handler], *, refusal: _Handler | None = None) -> None:
        self._handlers = handlers
        self._refusal = refusal
        self.is_refusing = False

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> _Handler | None:
        handler = self._handlers.get(handler_call_details.method)
        return self._refusal if self.is_refusing and handler is not None else handler


class _OpenStreams:
    """Streams that would keep a server from ending as long as their clients like; closing cancels them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contexts: set[grpc.ServicerContext] = set()
        self._is_closed = False

    @contextlib.contextmanager
    def tracked(self, context: grpc.ServicerContext) -> Iterator[None]:
        with self._lock:
            self._contexts.add(context)
            if self._is_closed:
                _cancel(context)
        try:
            yield
        finally:
            with self._lock:
                self._contexts.discard(context)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            for context in self._contexts:
                _cancel(context)


def _cancel(context: Any) -> None:
    """End a call for its client; grpc-stubs leaves this method untyped."""
    context.cancel()


def _unary_function(method: UnaryMethod) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    def call(request: bytes, context: grpc.ServicerContext) -> bytes:
        if not context.is_active():
            return b""  # The client gave up while the call was waiting for a thread.
        try:
            return method(request, timeout_seconds=_remaining_seconds(context))
        except TfsctlError as error:
            _abort(context, error)
        except Exception as error:
            _LOGGER.exception("A gRPC call failed unexpectedly")
            context.abort(grpc.StatusCode.INTERNAL, _cut(f"{type(error).__name__}: {error}"))

    return call


def _refuse(_: bytes, context: grpc.ServicerContext) -> NoReturn:
    _abort(context, UnavailableError("The server is shutting down."))


def _watch_function(health: HealthService) -> Callable[..., None]:
    def watch(
        request: bytes, context: grpc.ServicerContext, send_response_callback: Callable[[bytes | None], None]
    ) -> None:
        try:
            stop_watching = health.watch(request, send_response_callback)
        except TfsctlError as error:
            _abort(context, error)
        if not context.add_callback(stop_watching):
            stop_watching()  # The client has gone already.

    return watch


def _reflect_function(services: Sequence[str], streams: _OpenStreams) -> Callable[..., Iterator[bytes]]:
    def reflect(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        # Loaded by the first client that asks: most servers never need it.
        from grpc_reflection.v1alpha.reflection import ReflectionServicer
        from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

        servicer: Any = ReflectionServicer(services)
        with streams.tracked(context):
            messages = (ServerReflectionRequest.FromString(request) for request in requests)
            for response in servicer.ServerReflectionInfo(messages, context):
                yield response.SerializeToString()

    return reflect


def _remaining_seconds(context: grpc.ServicerContext) -> float | None:
    remaining: Any = context.time_remaining()
    return None if remaining is None or remaining > _NO_DEADLINE_SECONDS else remaining


def _abort(context: grpc.ServicerContext, error: TfsctlError) -> NoReturn:
    context.abort(_STATUS_CODES[int(error.code)], _cut(error.message))


def _cut(message: str) -> str:
    """At most 1024 bytes of a message, then a mark (tensorflow-serving.md §2.3)."""
    encoded = message.encode(errors="replace")
    if len(encoded) <= _MAX_MESSAGE_BYTES:
        return message
    return encoded[:_MAX_MESSAGE_BYTES].decode(errors="ignore") + _TRUNCATED
