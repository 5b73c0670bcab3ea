"""Which clients get gzip, and what they get (RFC 9110 §12.5.3)."""

from __future__ import annotations

import gzip
import os

import pytest

from tfsctl.serving.http.compression import accepts_gzip, compressed
from tfsctl.serving.http.reply import RestReply


@pytest.mark.parametrize(
    "header",
    [
        "gzip",
        "GZIP",
        "x-gzip",
        "gzip, deflate",
        "gzip, deflate, br, zstd",
        "br;q=1.0, gzip;q=0.8, *;q=0.1",
        "gzip;q=0.001",
        "gzip ; q=1.000",
        "gzip;Q=0.5",
        "*",
        "deflate, *;q=0.5",
        "identity;q=0.5, gzip;q=0.5",
        "identity;q=0, gzip",
        "nonsense;;, gzip",
    ],
)
def test_client_that_wants_gzip_gets_it(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "identity",
        "deflate, br",
        "gzip;q=0",
        "gzip;q=0.0, *",
        "*;q=0",
        "identity, gzip;q=0.5",
        "gzip;q=0.5, identity;q=0.9",
        "gzip;q=2",
        "gzip;q=x",
        "gzip;level=9",
        "my_gzip",
        "gzip deflate",
    ],
)
def test_client_that_does_not_is_spared(header: str) -> None:
    assert not accepts_gzip(header)


def test_compressed_reply_unpacks_to_the_same_bytes_and_says_what_it_is() -> None:
    reply = RestReply(200, b'{"predictions": [' + b"0.123456, " * 500 + b"1]}", headers=(("X-Other", "kept"),))
    packed = compressed(reply)
    assert gzip.decompress(packed.body) == reply.body
    assert len(packed.body) < len(reply.body)
    assert packed.headers == (("X-Other", "kept"), ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
    assert (packed.status, packed.content_type) == (200, "application/json")


def test_reply_that_gzip_would_make_larger_stays_as_it_is() -> None:
    reply = RestReply(200, os.urandom(2000))
    assert compressed(reply) is reply
