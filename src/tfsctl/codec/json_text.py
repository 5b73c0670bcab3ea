"""JSON strings as the server writes them (tensorflow-serving.md §1.4)."""

from __future__ import annotations

import re

_SPECIAL = re.compile(rb'[\x00-\x1f"\\]')
_ESCAPES = {bytes([byte]): b"\\u%04X" % byte for byte in range(0x20)} | {
    b'"': b'\\"',
    b"\\": b"\\\\",
    b"\b": b"\\b",
    b"\f": b"\\f",
    b"\n": b"\\n",
    b"\r": b"\\r",
    b"\t": b"\\t",
}


def quote(text: bytes) -> bytes:
    """`text` as a JSON string. Bytes from 0x7F on stay as they are: what is not UTF-8 makes JSON that is not either."""
    if _SPECIAL.search(text) is None:
        return b'"' + text + b'"'
    return b'"' + _SPECIAL.sub(lambda match: _ESCAPES[match.group()], text) + b'"'
