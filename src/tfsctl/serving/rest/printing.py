"""What protobuf's JSON printer writes otherwise than Python's (tensorflow-serving.md §1.10)."""

from __future__ import annotations

_UNICODE_ESCAPES = {code: f"\\u{code:04x}" for code in (ord("<"), ord(">"), *range(0x7F, 0xA0))}
# A byte that was not UTF-8, as `surrogateescape` decodes it.
_SPACES = dict.fromkeys(range(0xDC80, 0xDD00), " ")
# None of them occurs in JSON outside of texts, so a whole document can be translated.
_ESCAPES = {**_UNICODE_ESCAPES, **_SPACES}


def escape_like_protobuf(document: str) -> bytes:
    """A JSON document, printed with `ensure_ascii=False`, with protobuf's escapes, as bytes."""
    return document.translate(_ESCAPES).encode()
