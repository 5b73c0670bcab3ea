"""JSON strings exactly as TF Serving's parser takes them: raw bytes, whether they are UTF-8 or not."""

from __future__ import annotations

import re

import orjson

from tfsctl.codec.json_value import JsonSyntaxError

_PLAIN = re.compile(rb'"([^"\\\x00-\x1f]*)"')
_RUN = re.compile(rb'[^"\\\x00-\x1f]*')
_HEX4 = re.compile(rb"[0-9a-fA-F]{4}")
_ESCAPES = {
    b'"': b'"',
    b"\\": b"\\",
    b"/": b"/",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
}

_BAD_ESCAPE = "Invalid escape character in string."
_BAD_HEX = "Incorrect hex digit after \\u escape in string."
_BAD_SURROGATE = "The surrogate pair in string is invalid."
_NO_QUOTATION_MARK = "Missing a closing quotation mark in string."


def parse_string(body: bytes, start: int) -> tuple[bytes, int]:
    """The string whose opening quotation mark is at `start`, and the offset after its closing one.

    A lone low surrogate is taken as its three bytes; a high one needs its partner. Raises JsonSyntaxError where TF
    Serving refuses, at the offset that it names.
    """
    plain = _PLAIN.match(body, start)
    if plain is not None:
        return plain.group(1), plain.end()
    end = _closing_mark(body, start + 1)
    if end is not None:
        try:
            return orjson.loads(body[start : end + 1]).encode(), end + 1
        except orjson.JSONDecodeError:
            pass  # Either wrong, or one of the few things that only TF Serving takes.
    return _parse_by_pieces(body, start)


def _closing_mark(body: bytes, start: int) -> int | None:
    """The next quotation mark that is not escaped."""
    end = body.find(b'"', start)
    while end >= 0:
        first = end
        while first > start and body[first - 1] == 0x5C:
            first -= 1
        if (end - first) % 2 == 0:
            return end
        end = body.find(b'"', end + 1)
    return None


def _parse_by_pieces(body: bytes, start: int) -> tuple[bytes, int]:
    pieces: list[bytes] = []
    at = start + 1
    while True:
        run = _RUN.match(body, at)
        assert run is not None  # It may match nothing.
        pieces.append(run.group())
        at = run.end()
        stop = body[at : at + 1]
        if stop == b'"':
            return b"".join(pieces), at + 1
        if stop != b"\\":
            # The end of the body counts as a NUL byte, and a NUL byte as the end.
            raise JsonSyntaxError(_NO_QUOTATION_MARK if stop in {b"", b"\0"} else _BAD_ESCAPE, at)
        piece, at = _parse_escape(body, at)
        pieces.append(piece)


def _parse_escape(body: bytes, at: int) -> tuple[bytes, int]:
    kind = body[at + 1 : at + 2]
    if kind == b"u":
        return _parse_code_point(body, at)
    plain = _ESCAPES.get(kind)
    if plain is None:
        raise JsonSyntaxError(_BAD_ESCAPE, at)
    return plain, at + 2


def _parse_code_point(body: bytes, at: int) -> tuple[bytes, int]:
    first = _hex4(body, at + 2, at)
    if not 0xD800 <= first <= 0xDBFF:
        return chr(first).encode("utf-8", "surrogatepass"), at + 6
    if body[at + 6 : at + 8] != b"\\u":
        raise JsonSyntaxError(_BAD_SURROGATE, at)
    second = _hex4(body, at + 8, at)
    if not 0xDC00 <= second <= 0xDFFF:
        raise JsonSyntaxError(_BAD_SURROGATE, at)
    return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).encode(), at + 12


def _hex4(body: bytes, at: int, escape_offset: int) -> int:
    digits = _HEX4.match(body, at)
    if digits is None:
        raise JsonSyntaxError(_BAD_HEX, escape_offset)
    return int(digits.group(), 16)
