"""The connection for load reads what any HTTP/1.1 server answers, and notices what is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from stub_servers import free_port, raw_stub, stall
from tfsctl.client import ServerAddress
from tfsctl.client.http_connection import HttpConnection
from tfsctl.errors import DeadlineExceededError, NotFoundError, UnavailableError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def connection_to(port: int) -> HttpConnection:
    return HttpConnection(ServerAddress("127.0.0.1", port, "rest"), f"http://127.0.0.1:{port}/v1/models/m%2F1:predict")


def answering(*replies: bytes) -> Callable[[socket.socket], None]:
    """Answer each request on a connection with the next of these bytes, then close it."""

    def serve(connection: socket.socket) -> None:
        for reply in replies:
            if not connection.recv(65536):
                return
            connection.sendall(reply)

    return serve


@contextmanager
def connected(serve: Callable[[socket.socket], None]) -> Iterator[HttpConnection]:
    """A connection to a stub."""
    with raw_stub(serve) as port, closing(connection_to(port)) as connection:
        yield connection


def first_body(reply: bytes) -> bytes:
    with connected(answering(reply)) as connection:
        return connection.send(b"{}", timeout_seconds=10)


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (OK, b"{}"),
        (b"HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"{}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", b"to the end"),
        (b"HTTP/1.0 200\r\n\r\nold", b"old"),
    ],
    ids=["length", "empty", "continue", "chunked", "close", "http-1.0"],
)
def test_bodies_of_every_framing_are_read(reply: bytes, body: bytes) -> None:
    assert first_body(reply) == body


def test_a_reply_in_single_bytes_is_put_together() -> None:
    def dribble(connection: socket.socket) -> None:
        connection.recv(65536)
        for byte in b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n":
            connection.sendall(bytes([byte]))

    with connected(dribble) as connection:
        assert connection.send(b"{}", timeout_seconds=10) == b"abc"


def test_requests_are_well_formed() -> None:
    requests: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(OK)

    with connected(serve) as connection:
        connection.send(b'{"x":1}', timeout_seconds=10)
    head, body = requests[0].split(b"\r\n\r\n")
    assert body == b'{"x":1}'
    assert head.startswith(b"POST /v1/models/m%2F1:predict HTTP/1.1\r\nHost: 127.0.0.1:")
    assert head.endswith(b"\r\nContent-Length: 7")


def test_one_connection_carries_many_requests() -> None:
    opened: list[int] = []

    def serve(connection: socket.socket) -> None:
        opened.append(1)
        answering(OK, OK, OK)(connection)

    with connected(serve) as connection:
        assert [connection.send(b"{}", timeout_seconds=10) for _ in range(3)] == [b"{}"] * 3
    assert opened == [1]


def test_a_connection_closed_between_calls_is_opened_again() -> None:
    closed = threading.Semaphore(0)

    def serve(connection: socket.socket) -> None:
        answering(OK)(connection)
        connection.shutdown(socket.SHUT_RDWR)
        closed.release()

    with connected(serve) as connection:
        for _ in range(2):
            assert connection.send(b"{}", timeout_seconds=10) == b"{}"
            assert closed.acquire(timeout=10)


def test_a_refusal_keeps_the_connection() -> None:
    refusal = b'HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\n{"error": "no m m"}'
    with connected(answering(refusal.replace(b"18", b"19"), OK)) as connection:
        with pytest.raises(NotFoundError, match="no m m"):
            connection.send(b"{}", timeout_seconds=10)
        assert connection.send(b"{}", timeout_seconds=10) == b"{}"


@pytest.mark.parametrize(
    "reply", [b"SMTP ready\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"x" * 70000]
)
def test_what_is_no_http_is_unavailable(reply: bytes) -> None:
    with pytest.raises(UnavailableError, match="no HTTP"):
        first_body(reply)


def test_a_connection_that_ends_early_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="closed the connection"):
        first_body(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


def test_a_silent_server_is_a_deadline_exceeded_and_the_connection_is_not_used_again() -> None:
    silences = [True, False]

    def serve(connection: socket.socket) -> None:
        stall(connection) if silences.pop(0) else answering(OK)(connection)

    with connected(serve) as connection:
        with pytest.raises(DeadlineExceededError):
            connection.send(b"{}", timeout_seconds=0.1)
        assert connection.send(b"{}", timeout_seconds=10) == b"{}"


def test_a_server_that_dribbles_for_ever_meets_the_deadline() -> None:
    stopped = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not stopped.wait(0.01):
            connection.sendall(b"x")

    with connected(serve) as connection:
        with pytest.raises(DeadlineExceededError):
            connection.send(b"{}", timeout_seconds=0.1)
        stopped.set()


def test_open_to_a_port_where_nothing_listens_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="Connection refused"):
        connection_to(free_port()).open()
