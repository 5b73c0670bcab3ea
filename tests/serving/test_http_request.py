"""Heads of requests (http_request.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.serving.http.request import HttpRequestError, head_parser, parse_head


def test_head_is_taken_apart() -> None:
    head = parse_head(b"POST /v1/models/m:predict?x#y HTTP/1.1\r\nHost: h\r\nContent-Length: 5 \r\nX-Odd: \xe9\r\n\r\n")
    assert (head.method, head.target) == ("POST", "/v1/models/m:predict?x#y")
    assert head.headers == {"host": "h", "content-length": "5", "x-odd": "é"}
    assert (head.content_length, head.keeps_alive, head.expects_continue, head.is_encoded) == (5, True, False, False)


@pytest.mark.parametrize(
    ("version", "connection", "expected"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.1", "Connection: Close\r\n", False),
        ("1.1", "Connection: keep-alive, close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: Keep-Alive\r\n", True),
        ("1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", False),
    ],
)
def test_connection_is_kept_as_the_client_wants(version: str, connection: str, expected: bool) -> None:
    head = parse_head(f"GET / HTTP/{version}\r\n{connection}\r\n".encode())
    assert head.keeps_alive is expected
    assert head.form.is_http_1_0 is (version == "1.0")


def test_chunked_body_has_no_length() -> None:
    assert parse_head(b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n").content_length == -1


def test_encoded_body_is_marked() -> None:
    assert parse_head(b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n").is_encoded


def test_expectation_without_a_body_is_nothing() -> None:
    """Libevent looks at it only where a body follows."""
    assert not parse_head(b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n").expects_continue
    assert not parse_head(b"GET / HTTP/1.1\r\nExpect: miracles\r\n\r\n").expects_continue


def test_equal_heads_are_parsed_once() -> None:
    parse = head_parser()
    data = b"GET / HTTP/1.1\r\nA: b\r\n\r\n"
    assert parse(data) is parse(bytes(bytearray(data)))
    assert head_parser()(data) is not parse(data)


_PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"GET", b"POST", b" ", b"/", b"HTTP/1.1", b"\r\n", b"\n", b"Content-Length: ", b"5", b":"]),
)


@given(st.lists(_PIECES, max_size=20))
def test_any_bytes_are_a_head_or_refused(pieces: list[bytes]) -> None:
    try:
        head = parse_head(b"".join(pieces) + b"\r\n\r\n")
    except HttpRequestError:
        return
    assert head.target
