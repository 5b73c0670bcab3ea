"""The text by which HDR histograms travel between programs: version 2 of their format, compressed, in base64.

Written here, though there is a library: hdrhistogram has no wheel for Linux on ARM, and would ask for a C compiler
there. The tests compare both.

The text holds a cookie and a length, then, deflated, a head (cookie, length, offset, significant figures, lowest and
highest value, ratio) and the counts from the first bucket on, each as a ZigZag LEB128 number; a negative one stands for
as many empty buckets.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator, Mapping

from tfsctl.errors import InvalidArgumentError

SIGNIFICANT_FIGURES = 3
LONGEST_NANOSECONDS = 24 * 3600 * 10**9

# So many bits after the first one tell a power of two's buckets apart.
HALF_BITS = 10
# 2^11 up to the first power of two that needs a shift, 2^10 for each one after it, up to that of the longest value.
_NUM_BUCKETS = (LONGEST_NANOSECONDS.bit_length() - HALF_BITS + 1) << HALF_BITS

_OUTER = struct.Struct(">II")
_HEAD = struct.Struct(">IIIIQQd")
_OUTER_COOKIE = 0x1C849314
_HEAD_COOKIE = 0x1C849313
_MAX_NUMBER_BYTES = 9
# More would be no histogram of ours: its counts take less than half of this.
_MAX_DEFLATED_BYTES = 1 << 20


def encode(counts: Mapping[int, int]) -> str:
    """The text for the counts by the index of their buckets."""
    numbers = b"".join(map(_number, _with_gaps(counts)))
    head = _HEAD.pack(_HEAD_COOKIE, len(numbers), 0, SIGNIFICANT_FIGURES, 1, LONGEST_NANOSECONDS, 1.0)
    deflated = zlib.compress(head + numbers)
    return base64.b64encode(_OUTER.pack(_OUTER_COOKIE, len(deflated)) + deflated).decode("ascii")


def decode(text: str) -> dict[int, int]:
    """The counts in a text, those that are 0 left out.

    Raises:
        InvalidArgumentError: it is something else, or has another precision or unit than `encode` writes.
    """
    try:
        payload = _inflated(base64.b64decode(text, validate=True))
        cookie, length, _, figures, lowest, _, ratio = _HEAD.unpack_from(payload)
        numbers = payload[_HEAD.size : _HEAD.size + length]
        if cookie != _HEAD_COOKIE or len(numbers) != length:
            raise _no_histogram("its head is wrong")
    except (ValueError, binascii.Error, struct.error, zlib.error) as error:
        raise _no_histogram(str(error)) from error
    if (figures, lowest, ratio) != (SIGNIFICANT_FIGURES, 1, 1.0):
        raise InvalidArgumentError("The HDR histogram has another precision or unit than tfsctl's.")
    counts = dict(_counts_in(numbers))
    if any(bucket >= _NUM_BUCKETS for bucket in counts):
        raise _no_histogram("it has more buckets than there can be")
    return counts


def _with_gaps(counts: Mapping[int, int]) -> Iterator[int]:
    following = 0
    for bucket in sorted(bucket for bucket, count in counts.items() if count):
        if bucket > following:
            yield following - bucket
        yield counts[bucket]
        following = bucket + 1


def _number(value: int) -> bytes:
    """ZigZag, then seven bits a byte; the ninth byte, if it comes to that, has eight."""
    rest = ((value << 1) ^ (value >> 63)) & (2**64 - 1)
    encoded = bytearray()
    while rest > 0x7F and len(encoded) < _MAX_NUMBER_BYTES - 1:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def _counts_in(numbers: bytes) -> Iterator[tuple[int, int]]:
    bucket, position = 0, 0
    while position < len(numbers):
        value, position = _read_number(numbers, position)
        if value < 0:
            bucket -= value
            continue
        if value:
            yield bucket, value
        bucket += 1


def _read_number(numbers: bytes, position: int) -> tuple[int, int]:
    """The number that begins there, and where the next one does."""
    value = 0
    for index, byte in enumerate(numbers[position : position + _MAX_NUMBER_BYTES]):
        is_last_possible = index == _MAX_NUMBER_BYTES - 1
        value |= (byte if is_last_possible else byte & 0x7F) << (7 * index)
        if byte < 0x80 or is_last_possible:
            return (value >> 1) ^ -(value & 1), position + index + 1
    raise _no_histogram("it ends within a number")


def _inflated(data: bytes) -> bytes:
    cookie, length = _OUTER.unpack_from(data)
    if cookie != _OUTER_COOKIE or length != len(data) - _OUTER.size:
        raise _no_histogram("its head is wrong")
    inflating = zlib.decompressobj()
    payload = inflating.decompress(data[_OUTER.size :], _MAX_DEFLATED_BYTES)
    if not inflating.eof:
        raise _no_histogram("it is cut off, or too long")
    return payload


def _no_histogram(reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"These are no latencies in the form of an HDR histogram: {reason}.")
