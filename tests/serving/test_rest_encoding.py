"""Compressed bodies: tensorflow-serving.md §1.3, §14."""

from __future__ import annotations

import gzip
import zlib

import pytest

from tfsctl.serving.rest import encoding as rest_encoding
from tfsctl.serving.rest.encoding import unpack_body

BODY = b'{"instances": [1.0]}'
PACKED = gzip.compress(BODY)


@pytest.mark.parametrize("encoding", ["gzip", "my_gzip", "x-gzip, identity"])
def test_gzip_anywhere_in_the_encoding_unpacks(encoding: str) -> None:
    assert unpack_body({"content-encoding": encoding}, PACKED) == BODY


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "GZIP"}, {"content-encoding": "deflate"}])
def test_any_other_encoding_is_left_alone(headers: dict[str, str]) -> None:
    assert unpack_body(headers, PACKED) is PACKED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        BODY,
        PACKED[:-1],
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        PACKED + b"x",
        PACKED + PACKED,
        zlib.compress(BODY),
    ],
    ids=["empty", "plain", "cut", "bad CRC", "trailing byte", "two members", "zlib"],
)
def test_body_that_is_no_single_gzip_member_becomes_empty(body: bytes) -> None:
    assert unpack_body({"content-encoding": "gzip"}, body) == b""


def test_body_that_unpacks_to_more_than_allowed_becomes_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, whatever the trailer says; here the trailer claims one byte."""
    monkeypatch.setattr(rest_encoding, "MAX_UNPACKED_BYTES", len(BODY) - 1)
    assert unpack_body({"content-encoding": "gzip"}, PACKED[:-4] + b"\1\0\0\0") == b""
    assert unpack_body({"content-encoding": "gzip"}, PACKED) == b""
    monkeypatch.setattr(rest_encoding, "MAX_UNPACKED_BYTES", len(BODY))
    assert unpack_body({"content-encoding": "gzip"}, PACKED) == BODY


def test_limit_is_that_of_tf_serving() -> None:
    assert rest_encoding.MAX_UNPACKED_BYTES == 104857600
