"""Protobuf's variable-length integers, and fields with a length in front."""

from __future__ import annotations

_MAX_VARINT32_SIZE = 5
_ONE_BYTE = [bytes((value,)) for value in range(0x80)]


def varint(value: int) -> bytes:
    """`value`, which is not negative, seven bits to a byte, the lowest first."""
    if value < 0x80:
        return _ONE_BYTE[value]
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def read_varint(data: bytes, start: int, *, error: Exception) -> tuple[int, int]:
    """The 32-bit varint at `start`, and the offset after it; raises `error` if there is none."""
    value = 0
    for number, byte in enumerate(data[start : start + _MAX_VARINT32_SIZE]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return value & 0xFFFFFFFF, start + number + 1
    raise error


def field_start(number: int) -> bytes:
    """The tag of a field with a length: bytes, text, packed numbers or a message."""
    return varint(number << 3 | 2)


def field(number: int, payload: bytes) -> bytes:
    """A field with a length: its tag, its length, `payload`."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def varint_field(number: int, value: int) -> bytes:
    """A field of one integer that is not negative."""
    return varint(number << 3) + varint(value)
