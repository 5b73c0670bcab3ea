"""Whatever bytes come, the HTTP server answers or ends the connection, and the next client is served."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.certificates import authority
from serving.http_calls import RawConnection, get, running
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.server import HttpServer

_PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            b"GET /x HTTP/1.1\r\n",
            b"POST /x HTTP/1.1\r\n",
            b"\r\n",
            b"\r\n\r\n",
            b"\n\n",
            b"Content-Length: 5\r\n",
            b"Content-Length: 99999999999999999999\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Connection: close\r\n",
            b"Upgrade: h2c\r\n",
            b"5\r\nhello\r\n",
            b"0\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00",
        ]
    ),
)


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    limits = HttpLimits(max_head_bytes=1000, max_body_bytes=1000, linger_seconds=0.2)
    with running(limits=limits) as started:
        yield started


@given(st.lists(_PIECES, max_size=12), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_leave_the_server_answering(server: HttpServer, pieces: list[bytes], in_one_go: bool) -> None:
    with RawConnection(server.port) as connection:
        try:
            connection.send(*([b"".join(pieces)] if in_one_go else pieces))
            connection.shut_down_sending()
        except OSError:
            pass  # Sent away already.
        connection.read_rest()
    with RawConnection(server.port) as other:
        assert other.ask(get("/alive")).body == b"GET /alive "


@pytest.fixture(scope="module")
def tls_server() -> Iterator[HttpServer]:
    limits = HttpLimits(handshake_timeout_seconds=5.0, linger_seconds=0.2)
    with running(limits=limits, ssl_context=authority().server_context()) as started:
        yield started


def _client_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    client = authority().client_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


_HELLO = _client_hello()
_CHANGES = st.dictionaries(st.integers(0, len(_HELLO) - 1), st.integers(0, 255), max_size=4)


@given(_CHANGES, st.tuples(st.integers(0, len(_HELLO)), st.binary(max_size=40)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_handshakes_of_any_kind_leave_the_server_answering(
    tls_server: HttpServer, caplog: pytest.LogCaptureFixture, changes: dict[int, int], end: tuple[int, bytes]
) -> None:
    hello = bytearray(_HELLO)
    for position, value in changes.items():
        hello[position] = value
    with RawConnection(tls_server.port) as strange:
        strange.send(bytes(hello[: end[0]]) + end[1])
        with suppress(OSError):  # Sent away already.
            strange.shut_down_sending()
        strange.read_rest()
    with RawConnection(tls_server.port, ssl_context=authority().client_context()) as other:
        assert other.ask(get("/alive")).body == b"GET /alive "
    assert not caplog.records
