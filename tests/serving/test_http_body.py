"""Bodies put together from what arrives (http_body.py)."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.serving.http.body import BodyReader, ChunkedBody, LengthBody
from tfsctl.serving.http.request import HttpRequestError

_MAX = 10_000
_FOLLOWING = b"GET /next"


def read(reader: BodyReader, data: bytes, cuts: list[int]) -> tuple[bytes, bytes] | None:
    """Feed `data` in pieces; returns the body and what was left, None if it has not ended."""
    positions = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[start:end] for start, end in pairwise(positions)]
    for index, piece in enumerate(pieces):
        rest = reader.feed(piece)
        if rest is not None:
            return reader.take(), rest + b"".join(pieces[index + 1 :])
    return None


@given(st.binary(min_size=1, max_size=300), st.lists(st.integers(0, 1000)))
def test_body_of_known_length_is_the_same_however_it_is_cut(body: bytes, cuts: list[int]) -> None:
    assert read(LengthBody(len(body)), body + _FOLLOWING, cuts) == (body, _FOLLOWING)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.lists(st.integers(0, 1000)), st.booleans())
def test_chunked_body_is_the_same_however_it_is_cut(chunks: list[bytes], cuts: list[int], has_trailer: bool) -> None:
    encoded = b"".join(b"%X;ext\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n"
    encoded += b"Trailer: x\r\n\r\n" if has_trailer else b"\r\n"
    assert read(ChunkedBody(_MAX), encoded + _FOLLOWING, cuts) == (b"".join(chunks), _FOLLOWING)


@given(st.binary(max_size=200), st.lists(st.integers(0, 1000)))
def test_any_bytes_are_a_chunked_body_or_refused(data: bytes, cuts: list[int]) -> None:
    with suppress(HttpRequestError):
        read(ChunkedBody(_MAX), data, cuts)


def test_chunks_beyond_the_limit_are_refused_before_they_come() -> None:
    reader = ChunkedBody(10)
    assert reader.feed(b"8\r\n12345678\r\n") is None
    with pytest.raises(HttpRequestError):
        reader.feed(b"3\r\n")


def test_trailers_without_end_are_refused() -> None:
    reader = ChunkedBody(_MAX)
    assert reader.feed(b"0\r\n") is None
    with pytest.raises(HttpRequestError):
        reader.feed(b"Trailer: x\r\n" * 100_000)
