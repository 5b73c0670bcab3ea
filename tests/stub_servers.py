"""Small real servers with hand-written replies, for what a right server never does."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc


@dataclass
class Reply:
    """What an HTTP stub answers; without a length the end of the connection ends the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    sends_length: bool = True


@dataclass
class HttpStub:
    """A running HTTP stub and what it was asked."""

    port: int
    requests: list[tuple[str, str, bytes]]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _QuietHttpServer(ThreadingHTTPServer):
    """Says nothing of clients that hang up, or that it does not trust."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def http_stub(answer: Callable[[str, str, bytes], Reply], *, tls: ssl.SSLContext | None = None) -> Iterator[HttpStub]:
    """An HTTP/1.1 server that answers (method, target, body); over TLS if it has a context for that."""
    stub = HttpStub(0, [])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # Head and body in one packet: else the second waits for the first to be acknowledged.

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            stub.requests.append((self.command, self.path, body))
            reply = answer(self.command, self.path, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.sends_length:
                self.send_header("Content-Length", str(len(reply.body)))
            else:
                self.close_connection = True
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()

        do_GET = do_POST = _answer  # noqa: N815 (the names that http.server looks for)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
            pass

    server = _QuietHttpServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    stub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def raw_stub(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server that hands each connection to `serve`, in a thread, and closes it afterwards; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def handle(connection: socket.socket) -> None:
        # An error means that the client, or the end of the test, was faster.
        with connection, contextlib.suppress(OSError):
            serve(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for connection in connections:
            connection.close()
        thread.join()


def stall(connection: socket.socket) -> None:
    """Read whatever comes and never answer."""
    while connection.recv(65536):
        pass


class Refusal(Exception):  # noqa: N818 (a reply, not a fault)
    """Raised by a gRPC stub's function to answer with an error."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code = code
        self.details = details


@contextmanager
def grpc_stub(answer: Callable[[str, bytes], bytes], *, tls: grpc.ServerCredentials | None = None) -> Iterator[int]:
    """A gRPC server that answers (method's full name, request bytes); gives the port. Over TLS if it can."""

    class Handler(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
        def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
            def call(request: bytes, context: grpc.ServicerContext) -> bytes:
                try:
                    return answer(details.method, request)
                except Refusal as refusal:
                    context.abort(refusal.code, refusal.details)

            return grpc.unary_unary_rpc_method_handler(call)

    pool = ThreadPoolExecutor(8)
    server = grpc.server(pool, handlers=[Handler()])
    address = "127.0.0.1:0"
    port = server.add_insecure_port(address) if tls is None else server.add_secure_port(address, tls)
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()
        pool.shutdown()


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as unbound:
        unbound.bind(("127.0.0.1", 0))
        port: int = unbound.getsockname()[1]
        return port
