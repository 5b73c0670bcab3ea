"""Compressed request bodies (tensorflow-serving.md §1.3, §14)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

# TF Serving's bound on the size after unpacking, which a body announces at its end. Here that is counted as well.
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
_GZIP_ONLY = 16 + zlib.MAX_WBITS


def unpack_body(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body as it was before compression.

    `gzip` anywhere in Content-Encoding, in lower case, means gzip. What is no gzip, is more than one member, is
    followed by anything, or is too large becomes empty, as in TF Serving. No more is ever unpacked than the body has
    announced: a small one that lies about its size takes no memory.
    """
    if not body or "gzip" not in headers.get("content-encoding", ""):
        return body
    size = int.from_bytes(body[-4:], "little")
    if size > MAX_UNPACKED_BYTES:
        return b""
    unpacker = zlib.decompressobj(_GZIP_ONLY)
    try:
        unpacked = unpacker.decompress(body, size + 1)
    except zlib.error:
        return b""
    return unpacked if unpacker.eof and not unpacker.unused_data else b""
