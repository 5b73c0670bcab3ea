"""Base64 as TF Serving reads it: the standard alphabet, padding optional, `.` as padding too, white space skipped."""

from __future__ import annotations

import binascii

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE_SPACE = b" \t\n\v\f\r"
_PADDING = {0: 0, 2: 2, 3: 1}  # Characters in the last group of four -> padding that may follow it.


def decode(text: bytes) -> bytes | None:
    """The bytes that `text` stands for; None if it is not base64 (tensorflow-serving.md §1.7)."""
    rest = text.translate(None, _ALPHABET)
    if rest:
        text = text.translate(None, _WHITE_SPACE)
        padding = rest.translate(None, _WHITE_SPACE)
        if padding.strip(b"=.") or not text.endswith(padding):
            return None
        text = text[: len(text) - len(padding)]
        if len(padding) not in {0, _PADDING.get(len(text) % 4)}:
            return None
    missing = _PADDING.get(len(text) % 4)
    return None if missing is None else binascii.a2b_base64(text + b"=" * missing)


def encode(data: bytes) -> bytes:
    """Standard base64 with padding, on one line."""
    return binascii.b2a_base64(data, newline=False)
