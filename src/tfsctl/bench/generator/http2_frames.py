"""HTTP/2's frames, as far as a client of unary calls needs them (RFC 9113)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
ACK = END_STREAM = 1
END_HEADERS = 4
_PADDED, _PRIORITY = 8, 32

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 1, 2, 3, 4, 5
DEFAULT_WINDOW = 65535
DEFAULT_FRAME_SIZE = 1 << 14
MAX_WINDOW = (1 << 31) - 1
CANCEL = 8
_HEAD_BYTES = 9


class Frame(NamedTuple):
    """A frame as it came."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def content(self) -> bytes:
        """The payload of DATA or HEADERS without padding and priority."""
        begin, end = 0, len(self.payload)
        if self.flags & _PADDED:
            begin, end = 1, end - self.payload[0]
        if self.kind == HEADERS and self.flags & _PRIORITY:
            begin += 5
        return self.payload[begin:end] if self.flags & (_PADDED | _PRIORITY) else self.payload


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame to send."""
    return struct.pack(">IBI", len(payload) << 8 | kind, flags, stream) + payload


def settings(values: dict[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", name, value) for name, value in values.items()))


def window_update(stream: int, size: int) -> bytes:
    """A WINDOW_UPDATE frame."""
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", size))


def parse_settings(payload: bytes) -> dict[int, int]:
    """The values in a SETTINGS frame; of a name that comes twice the last counts."""
    return dict(struct.iter_unpack(">HI", payload[: len(payload) // 6 * 6]))


def parse_size(payload: bytes) -> int:
    """The last 31 bits of four bytes: a window's increment, a stream's number."""
    return int.from_bytes(payload[:4], "big") & MAX_WINDOW


class FrameReader:
    """Cuts what comes into frames."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The frames that are complete with `chunk`; to be used up before the next."""
        self._received += chunk
        begin, received = 0, self._received
        while len(received) - begin >= _HEAD_BYTES:
            size_and_kind, flags, stream = struct.unpack_from(">IBI", received, begin)
            end = begin + _HEAD_BYTES + (size_and_kind >> 8)
            if len(received) < end:
                break
            payload = bytes(received[begin + _HEAD_BYTES : end])
            begin = end
            yield Frame(size_and_kind & 0xFF, flags, stream & MAX_WINDOW, payload)
        del received[:begin]
