"""JSON numbers exactly as TF Serving's parser takes them: what is an integer, what too big, where an error stands."""

from __future__ import annotations

import math
import re
import sys

from tfsctl.codec.json_value import JsonSyntaxError

_REST_OF_NUMBER = rb"(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
_NUMBER = re.compile(rb"-?(?P<digits>0|[1-9][0-9]*)" + _REST_OF_NUMBER)
_REST = re.compile(_REST_OF_NUMBER)

_TOO_BIG = "Number too big to be stored in double."

_INT64_MIN = -(2**63)
_UINT64_MAX = 2**64 - 1
_MAX_64_BIT_DIGITS = 20
_MAX_EXPONENT = 308
_MAX_SIGNIFICAND = 2**53 - 1
_MAX_SIGNIFICANT_DIGITS = 17
_TENTH_OF_MAX = 1.7976931348623157e307  # The largest double, divided by ten.


def parse_number(body: bytes, start: int) -> tuple[int | float, int]:
    """The number at `start`, and the offset after it.

    Integer literals within 64 bit are int (`-0` is 0), all else is float, correctly rounded. `NaN`, `Inf` and
    `Infinity` are numbers, signed or not. Raises JsonSyntaxError where TF Serving refuses, at the offset that it names.
    """
    match = _NUMBER.match(body, start)
    if match is None:
        return _parse_not_finite(body, start)
    digits, fraction, exponent = match.groups()
    end = match.end()
    if len(digits) > _MAX_EXPONENT and _overflows(digits):
        raise JsonSyntaxError(_TOO_BIG, start)
    _refuse_cut_number(body, match)
    if fraction is None and exponent is None and len(digits) <= _MAX_64_BIT_DIGITS:
        integer = int(match.group())
        if _INT64_MIN <= integer <= _UINT64_MAX:
            return integer, end
    if _has_too_big_exponent(digits, fraction or b"", exponent):
        raise JsonSyntaxError(_TOO_BIG, start)
    return float(match.group()), end


def _parse_not_finite(body: bytes, start: int) -> tuple[float, int]:
    is_negative = body[start : start + 1] == b"-"
    value, end = _not_finite_word(body, start + is_negative)
    match = _REST.match(body, end)
    assert match is not None  # It may match nothing.
    _refuse_cut_number(body, match)
    fraction, exponent = match["fraction"], match["exponent"]
    if fraction is None and exponent is None:
        return -value if is_negative and value == math.inf else value, end  # NaN keeps its sign bit.
    # TF Serving's parser goes on after the word as if a zero stood in its place: NaN.5 is 0.5.
    if _has_too_big_exponent(b"0", fraction or b"", exponent):
        raise JsonSyntaxError(_TOO_BIG, start)
    sign = b"-" if is_negative else b""
    return float(sign + b"0." + (fraction or b"0") + b"e" + (exponent or b"0")), match.end()


def _not_finite_word(body: bytes, at: int) -> tuple[float, int]:
    """`NaN`, `Inf` or `Infinity` at `at`, and the offset after it. What was read of NaN before an Inf is forgotten."""
    is_complete, at = _consume(body, at, b"NaN")
    if is_complete:
        return math.nan, at
    is_complete, at = _consume(body, at, b"Inf")
    if is_complete and body[at : at + 1] == b"i":
        is_complete, at = _consume(body, at, b"inity")
    if not is_complete:
        raise JsonSyntaxError("Invalid value.", at)
    return math.inf, at


def _consume(body: bytes, at: int, word: bytes) -> tuple[bool, int]:
    """Read as much of `word` as is there: whether that was all of it, and the offset after it."""
    for byte in word:
        if at >= len(body) or body[at] != byte:
            return False, at
        at += 1
    return True, at


def _refuse_cut_number(body: bytes, number: re.Match[bytes]) -> None:
    end = number.end()
    following = body[end : end + 2]
    if following[:1] not in {b".", b"e", b"E"} or number["exponent"] is not None:
        return
    if following[:1] == b"." and number["fraction"] is None:
        raise JsonSyntaxError("Miss fraction part in number.", end + 1)
    if following[:1] in {b"e", b"E"}:
        raise JsonSyntaxError("Miss exponent in number.", end + (2 if following[1:] in {b"+", b"-"} else 1))


def _has_too_big_exponent(digits: bytes, fraction: bytes, exponent: bytes | None) -> bool:
    """TF Serving's test, which looks at the literal and not at its value: `0e999` is too big, `1.8e308` infinity."""
    if exponent is None or exponent.startswith(b"-"):
        return False
    significant = exponent.lstrip(b"+").lstrip(b"0")
    if len(significant) > len(str(sys.maxsize)):
        return True
    power = int(significant or b"0")
    return power > _MAX_EXPONENT and power > _MAX_EXPONENT + _counted_fraction_digits(digits, fraction)


def _overflows(digits: bytes) -> bool:
    head = digits[:_MAX_64_BIT_DIGITS]
    taken = _MAX_64_BIT_DIGITS if int(head) <= _UINT64_MAX else _MAX_64_BIT_DIGITS - 1
    value = float(int(digits[:taken]))
    for digit in digits[taken:]:
        if value >= _TENTH_OF_MAX:
            return True
        value = value * 10 + (digit - 0x30)
    return False


def _counted_fraction_digits(digits: bytes, fraction: bytes) -> int:
    """How many digits of the fraction the parser reads into the number: about the first 17 that matter."""
    if len(digits) >= _MAX_64_BIT_DIGITS:
        return 0
    significand = int(digits)
    significant_digits = len(digits) - 1
    counted = 0
    if significand == 0:
        counted = len(fraction) - len(fraction.lstrip(b"0"))
    for digit in fraction[counted:]:
        if significand > _MAX_SIGNIFICAND and significant_digits >= _MAX_SIGNIFICANT_DIGITS:
            break
        significand = significand * 10 + (digit - 0x30)
        significant_digits += 1
        counted += 1
    return counted
