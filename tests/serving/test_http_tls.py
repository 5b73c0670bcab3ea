"""TLS under the HTTP engine: everything large or long, and how connections end."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.certificates import authority
from serving.http_calls import WAIT_SECONDS, chunked, echo, get, post, running
from serving.tls_connections import connected, still_answers, tls
from tfsctl.serving.http import server as http_server
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.reply import RestReply

_LARGE = bytes(range(256)) * (4096 * 20)  # 20 MiB


@pytest.fixture(params=["uvloop", "asyncio"], autouse=True)
def loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs on both."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "asyncio":
            patch.setattr(http_server, "_new_event_loop", asyncio.new_event_loop)
        yield


@pytest.mark.parametrize(
    ("limits", "sent"),
    [
        (HttpLimits(idle_timeout_seconds=0.1), b""),
        (HttpLimits(head_timeout_seconds=0.1), b"GET / HT"),
        (HttpLimits(body_timeout_seconds=0.1), b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"),
    ],
    ids=["idle", "in the head", "in the body"],
)
def test_client_that_falls_silent_after_its_handshake_is_sent_away(limits: HttpLimits, sent: bytes) -> None:
    with running(ssl_context=tls(), limits=limits) as server, connected(server) as silent:
        silent.send(sent)
        assert silent.is_ended()


def test_drain_does_not_wait_for_idle_clients_to_say_goodbye() -> None:
    with running(ssl_context=tls()) as server, connected(server) as idle:
        assert idle.ask(get("/")).status == 200
        assert server.drain(WAIT_SECONDS)
        assert idle.is_ended()


def test_drain_finishes_what_runs_and_ends_the_connection() -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def wait(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        is_asked.set()
        assert may_answer.wait(WAIT_SECONDS)
        return echo(method, target, headers, body)

    with running(wait, ssl_context=tls()) as server, connected(server) as client, ThreadPoolExecutor(1) as pool:
        client.send(post("/slow", b"x"))
        assert is_asked.wait(WAIT_SECONDS)
        drained = pool.submit(server.drain, WAIT_SECONDS)
        may_answer.set()
        assert client.answer().body == b"POST /slow x"
        assert drained.result()
        assert client.is_ended()


@pytest.mark.parametrize("request_", [post("/", _LARGE), chunked("/", *[_LARGE[:999_999]] * 20)], ids=["len", "chunks"])
def test_large_bodies_pass_whole_in_both_directions(request_: bytes) -> None:
    with running(ssl_context=tls()) as server, connected(server) as client:
        for _ in range(2):
            client.send(request_)
            body = client.answer().body
            assert body == b"POST / " + (_LARGE if len(request_) > 20_971_000 else _LARGE[:999_999] * 20)


def test_client_that_does_not_read_is_not_answered_without_end() -> None:
    asked = threading.Semaphore(0)

    def answer_at_length(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        asked.release()
        return RestReply(200, b"x" * 1_000_000)

    count = 200
    with running(answer_at_length, ssl_context=tls()) as server, connected(server) as slow:
        slow.send(get("/") * count)
        assert still_answers(server)
        assert sum(asked.acquire(blocking=False) for _ in range(count)) < count / 2
        assert all(len(slow.answer().body) == 1_000_000 for _ in range(count))


def test_client_that_sends_without_end_is_not_read_without_end() -> None:
    may_answer = threading.Event()

    def wait(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
        assert may_answer.wait(WAIT_SECONDS)
        return echo(method, target, headers, body)

    with running(wait, ssl_context=tls()) as server, connected(server) as client:
        client.send(post("/slow", b"x"))
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.send(*[get("/next") * 1000] * 10_000)
        may_answer.set()


def test_client_that_does_not_read_its_last_answer_gets_all_of_it() -> None:
    """The answer is larger than what fits on the way, and the connection ends behind it."""
    with running(ssl_context=tls()) as server, connected(server) as client:
        client.send(post("/", _LARGE, "Connection: close"))
        assert still_answers(server)
        assert client.answer().body == b"POST / " + _LARGE
        assert client.is_ended()


def test_client_that_never_reads_its_last_answer_is_given_up() -> None:
    limits = HttpLimits(write_timeout_seconds=0.2)
    with running(ssl_context=tls(), limits=limits) as server, connected(server) as client:
        client.send(post("/", _LARGE, "Connection: close"))
        assert server.drain(WAIT_SECONDS)


def test_the_server_says_goodbye_when_it_ends_a_connection() -> None:
    """Without it a client could not tell the end from an attack."""
    with running(ssl_context=tls()) as server:
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_SECONDS)
        with (
            authority()
            .client_context()
            .wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as client
        ):
            client.sendall(get("/", "Connection: close"))
            received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.endswith(b"GET / ")


@pytest.mark.parametrize("sent", [b"", get("/"), b"GET / HT"], ids=["idle", "after a request", "in a request"])
def test_client_that_says_goodbye_is_told_so_too(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with running(ssl_context=tls()) as server, connected(server) as leaving:
        if sent == get("/"):
            assert leaving.ask(sent).status == 200
        else:
            leaving.send(sent)
        assert isinstance(leaving.socket, ssl.SSLSocket)
        leaving.socket.unwrap().close()
        assert still_answers(server)
        assert server.drain(WAIT_SECONDS)
    assert not caplog.records


def test_client_that_says_goodbye_first_still_gets_its_answer() -> None:
    with running(ssl_context=tls()) as server:
        raw = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_SECONDS)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = authority().client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        _shake_hands(raw, client, incoming, outgoing)
        client.write(post("/", b"last"))
        with pytest.raises(ssl.SSLWantReadError):
            client.unwrap()
        raw.sendall(outgoing.read())
        received = b"".join(iter(lambda: raw.recv(65536), b""))
        raw.close()
    assert len(received) > 100  # After a goodbye clients read no more, but the server has kept its word.


def _shake_hands(raw: socket.socket, client: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    raw.sendall(outgoing.read())
    while not _is_done(client):
        incoming.write(raw.recv(65536))
    raw.sendall(outgoing.read())


def _is_done(client: ssl.SSLObject) -> bool:
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
