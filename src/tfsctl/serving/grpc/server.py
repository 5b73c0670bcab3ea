"""gRPC, on grpcio's `grpc.server`. Only this module and grpc/methods.py know grpcio.

Requests and responses pass as bytes. Calls wait for a thread in a queue without limit; TF Serving refuses them instead
(tensorflow-serving.md §14). Health and reflection have threads of their own: a full queue of predictions is no reason
to call a server dead.

grpcio's own way to stop kills calls that have arrived and are not yet in Python's hands, with CANCELLED, which no
client tries again. So this server first refuses calls by itself, with UNAVAILABLE, and lets grpcio stop when none comes
any more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import grpc

from tfsctl.errors import InvalidArgumentError, ServerStartError
from tfsctl.serving.grpc.call_threads import CallThreads, WrapCall
from tfsctl.serving.grpc.control_service import ControlService
from tfsctl.serving.grpc.health import HEALTH_SERVICE, HealthService
from tfsctl.serving.grpc.methods import (
    Handler,
    Methods,
    OpenStreams,
    control_function,
    reflect_function,
    refuse,
    unary_function,
    watch_function,
)
from tfsctl.serving.grpc.services import Service
from tfsctl.serving.listen_address import ListenAddress, check_can_listen, format_address
from tfsctl.serving.ssl_config import SslConfig
from tfsctl.serving.unix_socket import file_identity, make_way, remove_socket

_OPTIONS: Mapping[str, int | str] = {
    # tensorflow-serving.md §2.3. Python's own default for receiving is 4 MiB.
    "grpc.max_receive_message_length": 2**31 - 1,
    "grpc.max_send_message_length": -1,
    # Two servers on one port would each get some of the requests: a taken port is to be an error.
    "grpc.so_reuseport": 0,
    # Until a client has shown that it speaks gRPC, TLS included; grpcio's default is two minutes.
    "grpc.server_handshake_timeout_ms": 20_000,
}
_NUM_CONTROL_THREADS = 8
_CANCEL_SECONDS = 5.0
# A draining server ends when for so long no call has come that had to be refused, or they never cease.
_QUIET_SECONDS = 0.05
_MAX_REFUSING_SECONDS = 1.0
_REFLECTION_SERVICES = ("grpc.reflection.v1alpha.ServerReflection", "grpc.reflection.v1.ServerReflection")


class GrpcServer:
    """Serves `services`, health, reflection and `control_services`, which are not listed, at one address.

    `start` binds; `stop_accepting`, `drain` and `close` come in this order. `port` is the one bound, 0 for none.
    """

    def __init__(
        self,
        services: Sequence[Service],
        health: HealthService,
        *,
        address: ListenAddress,
        max_threads: int = 0,
        control_services: Sequence[ControlService] = (),
        ssl_config: SslConfig | None = None,
        channel_arguments: Mapping[str, int | str] | None = None,
    ) -> None:
        """With `ssl_config` clients must speak TLS, on a UNIX socket too. `channel_arguments` override ours."""
        self.port = 0
        self._address = address
        self._socket_identity: tuple[int, int] | None = None
        self._credentials = _server_credentials(ssl_config) if ssl_config is not None else None
        self._health = health
        self._control_services = control_services
        self._threads = CallThreads(max_threads or 4 * (os.cpu_count() or 1), "grpc")
        self._control_threads = CallThreads(_NUM_CONTROL_THREADS, "grpc-control")
        self._streams = OpenStreams()
        self._server = grpc.server(self._threads, options=[*{**_OPTIONS, **(channel_arguments or {})}.items()])
        self._handlers = _unary_handlers(services)
        self._methods = Methods(
            self._handlers,
            refusal=grpc.unary_unary_rpc_method_handler(self._on_control_threads(refuse)),
        )
        names = [service.name for service in services]
        control = {**self._health_and_reflection(names), **self._control_handlers()}
        self._server.add_generic_rpc_handlers((self._methods, Methods(control)))

    @property
    def num_waiting(self) -> int:
        """How many calls wait for a thread."""
        return self._threads.num_waiting

    def start(self) -> None:
        """Bind and serve. Raises ServerStartError where an address cannot be had."""
        if self._address.port is not None:
            self.port = self._listen_on_port(self._address.host, self._address.port)
        if self._address.socket_path is not None:
            self._listen_on_socket(self._address.socket_path)
        self._server.start()

    def _listen_on_port(self, host: str, port: int) -> int:
        address = format_address(host or "0.0.0.0", port)
        try:
            return _add_port(self._server, address, self._credentials)
        except RuntimeError as error:
            check_can_listen(host, port)  # Says why; grpcio does not.
            raise ServerStartError(f"Cannot listen on {address}: {error}") from error

    def _listen_on_socket(self, path: Path) -> None:
        make_way(path)  # grpcio would replace the socket of a server that is running.
        try:
            _add_port(self._server, f"unix:{quote(os.fspath(path))}", self._credentials)
        except RuntimeError as error:
            raise ServerStartError(f"Cannot listen on UNIX socket {path}: {error}") from error
        self._socket_identity = file_identity(path)

    def answer_with(self, services: Sequence[Service], *, wrap_call: WrapCall | None = None) -> None:
        """Have calls that come from now on answered by `services`, and as before by the others; for none all as before.

        `wrap_call` is called for each call of a service, when it comes, and gives what a thread runs.
        """
        self._threads.wrap_calls(wrap_call)
        self._methods.handlers = {**self._handlers, **_unary_handlers(services)}

    def stop_accepting(self) -> None:
        """Refuse new calls with UNAVAILABLE; running and waiting calls go on."""
        self._health.close()
        for service in self._control_services:
            service.close()
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
        if self._address.socket_path is not None:
            remove_socket(self._address.socket_path, self._socket_identity)

    def _refuse_until_quiet(self) -> None:
        give_up = time.monotonic() + _MAX_REFUSING_SECONDS
        while (busy_seconds := _QUIET_SECONDS - self._control_threads.seconds_since_last_call()) > 0:
            if time.monotonic() > give_up:
                return
            time.sleep(busy_seconds)

    def _health_and_reflection(self, services: Sequence[str]) -> dict[str, Handler]:
        check = self._on_control_threads(unary_function(self._health.check))
        watch = self._on_control_threads(watch_function(self._health))
        # A watching client must not hold a thread for as long as it is there.
        watch.__dict__["experimental_non_blocking"] = True
        names = [*services, HEALTH_SERVICE, _REFLECTION_SERVICES[0]]
        reflect = grpc.stream_stream_rpc_method_handler(
            self._on_control_threads(reflect_function(names, self._streams))
        )
        return {
            f"/{HEALTH_SERVICE}/Check": grpc.unary_unary_rpc_method_handler(check),
            f"/{HEALTH_SERVICE}/Watch": grpc.unary_stream_rpc_method_handler(watch),
            # The messages of both versions are the same on the wire.
            **{f"/{name}/ServerReflectionInfo": reflect for name in _REFLECTION_SERVICES},
        }

    def _control_handlers(self) -> dict[str, Handler]:
        return {
            f"/{service.name}/{name}": grpc.unary_unary_rpc_method_handler(
                self._on_control_threads(control_function(method))
            )
            for service in self._control_services
            for name, method in service.methods().items()
        }

    def _on_control_threads(self, function: Callable[..., Any]) -> Callable[..., Any]:
        function.__dict__["experimental_thread_pool"] = self._control_threads
        return function


def _unary_handlers(services: Sequence[Service]) -> dict[str, Handler]:
    return {
        f"/{service.name}/{name}": grpc.unary_unary_rpc_method_handler(unary_function(method))
        for service in services
        for name, method in service.methods().items()
    }


def check_credentials(path: Path, config: SslConfig) -> None:
    """Raise InvalidArgumentError if grpcio cannot use what OpenSSL accepts, such as a key of another curve."""
    server = grpc.server(ThreadPoolExecutor(1))
    try:
        _add_port(server, "127.0.0.1:0", _server_credentials(config))
    except RuntimeError as error:
        raise InvalidArgumentError(
            f"{path}: gRPC cannot use server_key with server_cert.", hint="RSA, P-256, P-384 and P-521 keys work."
        ) from error
    finally:
        server.stop(0)


def _server_credentials(config: SslConfig) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials(
        [(config.server_key.encode(), config.server_cert.encode())],
        root_certificates=config.custom_ca.encode() if config.client_verify else None,
        require_client_auth=config.client_verify,
    )


def _add_port(server: grpc.Server, address: str, credentials: grpc.ServerCredentials | None) -> int:
    if credentials is None:
        return server.add_insecure_port(address)
    return server.add_secure_port(address, credentials)
