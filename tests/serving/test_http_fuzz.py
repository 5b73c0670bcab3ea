"""Whatever bytes come, the HTTP server answers or ends the connection, and the next client is served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.http_calls import RawConnection, get, running
from tfsctl.serving.http_limits import HttpLimits
from tfsctl.serving.http_server import HttpServer

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
