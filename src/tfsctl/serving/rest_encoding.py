"""Compressed request bodies (tensorflow-serving.md §1.3, §14). Answers are never compressed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

# TF Serving's bound on the size after unpacking. It believes what the body says of itself; here it is counted.
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
_GZIP_ONLY = 16 + zlib.MAX_WBITS


def unpack_body(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body as it was before compression.

    `gzip` anywhere in Content-Encoding, in lower case, means gzip. What is no gzip, is more than one member, is
    followed by anything, or is too large becomes empty, as in TF Serving.
    """
    if not body or "gzip" not in headers.get("content-encoding", ""):
        return body
    unpacker = zlib.decompressobj(_GZIP_ONLY)
    try:
        unpacked = unpacker.decompress(body, MAX_UNPACKED_BYTES + 1)
    except zlib.error:
        return b""
    if len(unpacked) > MAX_UNPACKED_BYTES or not unpacker.eof or unpacker.unused_data:
        return b""
    return unpacked
