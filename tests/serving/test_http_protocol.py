"""The HTTP engine over real sockets, byte for byte: on uvloop, and on asyncio's own loop, which stands in for it.

All of it in the clear, over TLS, and the first loop over a UNIX socket too.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving.certificates import authority
from serving.http_calls import RawConnection, chunked, echo, get, post, running
from tfsctl.serving.http import server as http_server
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.pages import html_page
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.listen_address import ListenAddress

_LIMITS = HttpLimits(max_head_bytes=2048, max_body_bytes=100_000)


def handle(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RestReply:
    if target == "/page":
        return html_page(404)
    if target == "/fail":
        raise ValueError(target)
    if target == "/header":
        return RestReply(200, headers.get("x-test", "none").encode("latin-1"), headers=(("X-Reply", "yes"),))
    return echo(method, target, headers, body)


@dataclass(frozen=True)
class Listening:
    """Where a server listens, and how."""

    at: int | Path
    ssl_context: ssl.SSLContext | None = None


@pytest.fixture(scope="module", params=["uvloop", "uvloop-tls", "uvloop-unix", "asyncio", "asyncio-tls"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    loop, _, kind = request.param.partition("-")
    path = tmp_path_factory.mktemp("socket") / "s"
    address = ListenAddress(port=None, socket_path=path) if kind == "unix" else ListenAddress()
    with pytest.MonkeyPatch.context() as patch:
        if loop == "asyncio":
            patch.setattr(http_server, "_new_event_loop", asyncio.new_event_loop)
        ssl_context = authority().server_context() if kind == "tls" else None
        with running(handle, limits=_LIMITS, address=address, ssl_context=ssl_context) as started:
            client_context = authority().client_context() if kind == "tls" else None
            yield Listening(path if kind == "unix" else started.port, client_context)


@pytest.fixture
def connection(server: Listening) -> Iterator[RawConnection]:
    with RawConnection(server.at, ssl_context=server.ssl_context) as connected:
        yield connected


def test_get_is_answered_with_length_date_and_type(connection: RawConnection) -> None:
    answer = connection.ask(get("/a?b=c"))
    assert (answer.status, answer.reason, answer.version) == (200, "OK", 11)
    assert answer.body == b"GET /a?b=c "
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["content-length"] == "11"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["date"])
    assert "connection" not in answer.headers


def test_keep_alive_answers_request_after_request(connection: RawConnection) -> None:
    for number in range(20):
        assert connection.ask(post("/x", b"%d" % number)).body == b"POST /x %d" % number


def test_header_names_in_any_case_arrive_in_lower_case(connection: RawConnection) -> None:
    answer = connection.ask(get("/header", "X-TEST:  padded \t"))
    assert answer.body == b"padded"
    assert answer.headers["x-reply"] == "yes"


def test_header_sent_twice_is_joined(connection: RawConnection) -> None:
    assert connection.ask(get("/header", "X-Test: a", "x-test: b")).body == b"a, b"


def test_head_answer_has_no_body_but_its_length(connection: RawConnection) -> None:
    answer = connection.ask(get("/abc", method="HEAD"), method="HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "10")
    assert connection.ask(get("/next")).body == b"GET /next "


def test_connection_close_is_obeyed_and_said(connection: RawConnection) -> None:
    answer = connection.ask(get("/", "Connection: close"))
    assert answer.headers["connection"] == "close"
    assert connection.is_ended()


def test_http_1_0_is_closed_after_the_answer(connection: RawConnection) -> None:
    answer = connection.ask(get("/", version="HTTP/1.0"))
    assert (answer.version, answer.headers["connection"]) == (10, "close")
    assert connection.is_ended()


def test_http_1_0_with_keep_alive_is_kept_and_told_so(connection: RawConnection) -> None:
    for _ in range(2):
        answer = connection.ask(get("/", "Connection: Keep-Alive", version="HTTP/1.0"))
        assert (answer.version, answer.headers["connection"]) == (10, "keep-alive")


def test_page_ends_the_connection(connection: RawConnection) -> None:
    answer = connection.ask(get("/page"))
    assert (answer.status, answer.headers["content-type"], answer.headers["connection"]) == (404, "text/html", "close")
    assert connection.is_ended()


def test_handler_that_raises_is_answered_500(connection: RawConnection) -> None:
    answer = connection.ask(post("/fail", b"x"))
    assert (answer.status, answer.reason) == (500, "Internal Server Error")
    assert b"Traceback" not in answer.body


def test_pipelined_requests_are_answered_in_order(connection: RawConnection) -> None:
    connection.send(b"".join(post("/x", b"body %d" % number) for number in range(100)))
    assert [connection.answer().body for _ in range(100)] == [b"POST /x body %d" % n for n in range(100)]


def test_pipelined_requests_of_different_kinds_are_answered_in_order(connection: RawConnection) -> None:
    connection.send(get("/1") + chunked("/2", b"a", b"bc") + b"\r\n" + post("/3", b"d") + get("/4"))
    bodies = [connection.answer().body for _ in range(4)]
    assert bodies == [b"GET /1 ", b"POST /2 abc", b"POST /3 d", b"GET /4 "]


def test_request_that_comes_byte_by_byte_is_answered(connection: RawConnection) -> None:
    request = post("/slow", b"0123456789")
    connection.send(*(request[index : index + 1] for index in range(len(request))))
    assert connection.answer().body == b"POST /slow 0123456789"


def test_chunks_that_come_byte_by_byte_are_put_together(connection: RawConnection) -> None:
    request = chunked("/c", b"abc", b"d" * 20, b"e")
    connection.send(*(request[index : index + 1] for index in range(len(request))))
    assert connection.answer().body == b"POST /c abc" + b"d" * 20 + b"e"


def test_chunk_extensions_and_trailers_are_read_over(connection: RawConnection) -> None:
    head = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.send(head, b"3;name=value\r\nabc\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n", get("/next"))
    assert connection.answer().body == b"POST /c abc"
    assert connection.answer().body == b"GET /next "


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n",
        b"-1\r\na\r\n",
        b"0x3\r\nabc\r\n",
        b"3\r\nabcd\r\n",
        b"3\nabc\n0\n\n\r\n",
        b"\r\n",
        b"fffffffffffffffff\r\n",
        b"ffffff\r\n",
        b"3" + b" " * 5000,
    ],
)
def test_bad_chunk_is_answered_413(connection: RawConnection, body: bytes) -> None:
    """tensorflow-serving.md §14; a chunk beyond the limit of the body's size is answered likewise."""
    answer = connection.ask(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert connection.is_ended()


def test_expect_100_continue_is_told_to_go_on(connection: RawConnection) -> None:
    connection.send(b"POST /e HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n")
    assert connection.line() == b"HTTP/1.1 100 Continue\r\n"
    assert connection.line() == b"\r\n"
    assert connection.ask(b"abc").body == b"POST /e abc"


def test_expect_100_continue_with_the_body_already_here_is_answered_at_once(connection: RawConnection) -> None:
    connection.send(post("/e", b"abc", "Expect: 100-continue"))
    assert connection.line() == b"HTTP/1.1 200 OK\r\n"


def test_expect_of_anything_else_is_answered_417(connection: RawConnection) -> None:
    answer = connection.ask(post("/e", b"abc", "Expect: miracles"))
    assert (answer.status, answer.reason) == (417, "Expectation Failed")
    assert connection.is_ended()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x00\x01\x02\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: x\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n", 413),
        (b"FOO / HTTP/1.1\r\n\r\n", 501),
        (b"get / HTTP/1.1\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 3000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 3000, 431),
    ],
)
def test_request_that_cannot_be_read_is_answered_with_a_page(
    connection: RawConnection, request_: bytes, status: int
) -> None:
    answer = connection.ask(request_)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
    assert answer.headers["connection"] == "close"
    assert answer.body.startswith(f"<HTML><HEAD>\n<TITLE>{status} ".encode())
    assert connection.is_ended()


def test_refused_upload_still_sees_the_answer(connection: RawConnection) -> None:
    """Who closes while the client still sends resets the connection, and the answer with it."""
    connection.send(b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n", b"x" * 1_000_000)
    assert connection.answer().status == 413


def test_upgrade_is_not_taken_up(connection: RawConnection) -> None:
    answer = connection.ask(get("/u", "Connection: Upgrade", "Upgrade: websocket"))
    assert (answer.status, answer.body) == (200, b"GET /u ")


def test_connect_answer_has_no_length(connection: RawConnection) -> None:
    """tensorflow-serving.md §14."""
    connection.send(b"CONNECT example.org:443 HTTP/1.1\r\n\r\n")
    assert b"content-length" not in connection.read_rest().lower()


def test_half_closed_client_gets_its_answers(connection: RawConnection) -> None:
    connection.send(post("/1", b"a") + post("/2", b"b"))
    connection.shut_down_sending()
    assert [connection.answer().body, connection.answer().body] == [b"POST /1 a", b"POST /2 b"]
    assert connection.is_ended()


def test_half_closed_client_without_a_whole_request_is_let_go(connection: RawConnection) -> None:
    connection.send(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
    connection.shut_down_sending()
    assert connection.is_ended()


def test_large_body_and_answer_pass_whole(connection: RawConnection) -> None:
    body = bytes(range(256)) * 390
    assert connection.ask(post("/large", body)).body == b"POST /large " + body
