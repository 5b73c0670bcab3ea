"""gRPC calls as grpcio has them: handlers around functions of bytes, and how errors become statuses."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

import grpc

from tfsctl.errors import TfsctlError, UnavailableError
from tfsctl.serving.grpc.control_service import ControlMethod
from tfsctl.serving.grpc.health import HealthService
from tfsctl.serving.grpc.services import UnaryMethod

_LOGGER = logging.getLogger("tfsctl.serving")

_MAX_MESSAGE_BYTES = 1024
_TRUNCATED = "...TRUNCATED"
_STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
# grpcio gives calls without a deadline one that lies centuries ahead.
_NO_DEADLINE_SECONDS = 10.0 * 365 * 86400

Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"


class Methods(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # Generic in the stubs only.
    """Handlers by the full names of their methods. Asked by grpcio when a call comes, before it waits for a thread."""

    def __init__(self, handlers: Mapping[str, Handler], *, refusal: Handler | None = None) -> None:
        self.handlers = handlers  # May be exchanged at any time, by any thread.
        self._refusal = refusal
        self.is_refusing = False

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """What answers a call; while the server refuses them, the refusal."""
        handler = self.handlers.get(handler_call_details.method)
        return self._refusal if self.is_refusing and handler is not None else handler


class OpenStreams:
    """Streams that would keep a server from ending as long as their clients like; closing cancels them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contexts: set[grpc.ServicerContext] = set()
        self._is_closed = False

    @contextlib.contextmanager
    def tracked(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Within it `close` cancels the call of `context`."""
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
        """Cancel the streams there are, and all that come."""
        with self._lock:
            self._is_closed = True
            for context in self._contexts:
                _cancel(context)


def _cancel(context: Any) -> None:
    """End a call for its client; grpc-stubs leaves this method untyped."""
    context.cancel()


def unary_function(method: UnaryMethod) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """`method` as grpcio calls it: with the time that is left, and its errors as statuses."""

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


def control_function(method: ControlMethod) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """`method` as grpcio calls it: told when its call has ended, by its deadline too."""

    def call(request: bytes, context: grpc.ServicerContext) -> bytes:
        def answer(request: bytes, *, timeout_seconds: float | None) -> bytes:  # noqa: ARG001 (see above)
            return method(request, when_ended=context.add_callback)

        return unary_function(answer)(request, context)

    return call


def refuse(_: bytes, context: grpc.ServicerContext) -> NoReturn:
    """The answer of a server that drains."""
    _abort(context, UnavailableError("The server is shutting down."))


def watch_function(health: HealthService) -> Callable[..., None]:
    """The health service's Watch, as grpcio calls what sends its responses by a callback."""

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


def reflect_function(services: Sequence[str], streams: OpenStreams) -> Callable[..., Iterator[bytes]]:
    """Server reflection for `services`."""

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
