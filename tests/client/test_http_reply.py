"""Replies out of bytes, however they are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.client.http_reply import HttpReply, HttpReplyReader, NoHttpError

REPLIES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
]
WHOLE = HttpReply(200, b"abcde", "", keeps_alive=True)


@given(st.sampled_from(REPLIES), st.lists(st.integers(1, 90), max_size=8))
def test_a_reply_is_the_same_however_it_comes(reply: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(reply)) for cut in cuts), len(reply)]
    reader = HttpReplyReader()
    found = [reader.feed(reply[a:b]) for a, b in itertools.pairwise(places) if a < b]
    assert found[-1] == WHOLE
    assert not any(found[:-1])


def test_one_reader_takes_one_reply_after_another() -> None:
    reader = HttpReplyReader()
    assert [reader.feed(reply) for reply in REPLIES] == [WHOLE] * 3


def test_more_than_a_reply_means_that_the_connection_cannot_be_used_again() -> None:
    reply = HttpReplyReader().feed(REPLIES[0] + b"x")
    assert reply is not None
    assert not reply.keeps_alive


@pytest.mark.parametrize(
    ("head", "keeps_alive", "encoding"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False, ""),
        (b"HTTP/1.0 200 OK\r\n", False, ""),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", True, "gzip"),
    ],
)
def test_what_the_head_says_of_connection_and_body(head: bytes, keeps_alive: bool, encoding: str) -> None:
    reply = HttpReplyReader().feed(head + b"content-length:0\r\n\r\n")
    assert reply == HttpReply(200, b"", encoding, keeps_alive)


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    reader = HttpReplyReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nto the") is None
    assert reader.feed(b" end") is None
    assert reader.end() == HttpReply(200, b"to the end", "", keeps_alive=False)


@pytest.mark.parametrize("cut", [10, 30, 42])
def test_a_reply_that_is_broken_off_is_none(cut: int) -> None:
    reader = HttpReplyReader()
    assert reader.feed(REPLIES[0][:cut]) is None
    assert reader.end() is None


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_http_is_told(reply: bytes) -> None:
    with pytest.raises(NoHttpError):
        HttpReplyReader().feed(reply)
