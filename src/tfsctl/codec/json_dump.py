"""JSON values as error texts show them: pretty, and not much of them (tensorflow-serving.md §1.5, §14)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from tfsctl.codec.json_text import quote
from tfsctl.codec.json_value import JsonObject, JsonValue

_ENOUGH = 256  # Bytes; a dump ends with the first token that reaches it.
_INDENT = b"    "
_MAX_PLAIN_EXPONENT = 21
_MIN_PLAIN_EXPONENT = -6


class _NotWritableError(Exception):
    """NaN or an infinity: the dump ends where it stands."""


def dump(value: JsonValue) -> str:
    """The value as an error text quotes it: objects on lines of their own, arrays on one.

    It ends with the token that reaches 256 bytes. A token is never cut, so a long string appears whole; what follows is
    lost, closing brackets too. Bytes that are not UTF-8 become surrogate escapes.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        for token in _tokens(value):
            pieces.append(token)
            size += len(token)
            if size >= _ENOUGH:
                break
    except _NotWritableError as error:
        pieces.append(error.args[0])
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def _tokens(root: JsonValue) -> Iterator[bytes]:
    """One piece for each token, with what stands before it; the depth is not limited."""
    stack: list[tuple[bytes, Iterator[tuple[bytes, JsonValue]], bool]] = []
    prefix, value = b"", root
    while True:
        if isinstance(value, (list, JsonObject)):
            yield prefix + (b"{" if isinstance(value, JsonObject) else b"[")
            stack.append(_container(value, len(stack) + 1))
        else:
            yield _scalar(prefix, value)
        while stack:
            end, rest, is_object = stack[-1]
            following = next(rest, None)
            if following is not None:
                break
            stack.pop()
            yield end
        else:
            return
        prefix, value = following
        if is_object:  # A key is a token too.
            yield prefix
            prefix = b": "


def _container(
    value: list[JsonValue] | JsonObject, depth: int
) -> tuple[bytes, Iterator[tuple[bytes, JsonValue]], bool]:
    if isinstance(value, JsonObject):
        end = b"\n" + _INDENT * (depth - 1) + b"}" if value.members else b"}"
        return end, _members(value, b"\n" + _INDENT * depth), True
    return b"]", _elements(value), False


def _members(value: JsonObject, line: bytes) -> Iterator[tuple[bytes, JsonValue]]:
    comma = b""
    for key, member in value.members:
        yield comma + line + quote(key), member
        comma = b","


def _elements(value: list[JsonValue]) -> Iterator[tuple[bytes, JsonValue]]:
    comma = b""
    for element in value:
        yield comma, element
        comma = b", "


def _scalar(prefix: bytes, value: JsonValue) -> bytes:
    if value is None:
        return prefix + b"null"
    if isinstance(value, bool):
        return prefix + (b"true" if value else b"false")
    if isinstance(value, bytes):
        return prefix + quote(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _NotWritableError(prefix)
        return prefix + _float_text(value)
    return prefix + b"%d" % cast("int", value)


def _float_text(value: float) -> bytes:
    """The shortest digits that read back to the same double, in the layout of TF Serving's JSON library."""
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return (sign + "0.0").encode()
    _, digits_read, power = Decimal(repr(abs(value))).normalize().as_tuple()
    digits = "".join(map(str, digits_read))
    assert isinstance(power, int)  # It is finite.
    return (sign + _lay_out(digits, len(digits) + power)).encode()


def _lay_out(digits: str, point: int) -> str:
    """Put the decimal point behind so many digits, or write a power of ten where there would be too many zeros."""
    if len(digits) <= point <= _MAX_PLAIN_EXPONENT:
        return digits.ljust(point, "0") + ".0"
    if 0 < point <= _MAX_PLAIN_EXPONENT:
        return f"{digits[:point]}.{digits[point:]}"
    if _MIN_PLAIN_EXPONENT < point <= 0:
        return "0." + "0" * -point + digits
    return f"{digits[0]}{'.' if len(digits) > 1 else ''}{digits[1:]}e{point - 1}"
