"""How a request's body is put together from what arrives: by length, or in chunks."""

from __future__ import annotations

import enum
import re
from typing import Protocol

from tfsctl.serving.http.request import HttpRequestError

# Sixteen digits are more than any body that is accepted; extensions are allowed, bounded and ignored.
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?")
_MAX_LINE_BYTES = 4096
_MAX_TRAILER_BYTES = 64 * 1024


class BodyReader(Protocol):
    """Collects one body."""

    def feed(self, data: bytes) -> bytes | None:
        """Take what belongs to the body. Returns what came after its end, or None while more is to come.

        Raises:
            HttpRequestError: the body is malformed or too large.
        """
        ...

    def take(self) -> bytes:
        """The whole body, once `feed` has returned something; the reader keeps nothing."""
        ...


class LengthBody:
    """A body whose length was announced."""

    def __init__(self, length: int) -> None:
        self._remaining = length
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bytes | None:
        """See `BodyReader.feed`."""
        size = len(data)
        if size < self._remaining:
            self._parts.append(data)
            self._remaining -= size
            return None
        self._parts.append(data[: self._remaining] if size > self._remaining else data)
        rest = data[self._remaining :]
        self._remaining = 0
        return rest

    def take(self) -> bytes:
        """See `BodyReader.take`."""
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _Part(enum.Enum):
    """What a chunked body is expected to go on with."""

    SIZE = "a chunk's size"
    DATA = "a chunk's data"
    DATA_END = "the line break after a chunk's data"
    TRAILER = "trailer fields, ended by an empty line"


class ChunkedBody:
    """A body in chunks (RFC 9112 §7.1). Trailer fields are read over.

    A malformed chunk is answered 413, as TF Serving does (tensorflow-serving.md §14). Lines must end in CRLF: where
    servers are lenient there, requests are smuggled.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._body = bytearray()
        self._expected = _Part.SIZE
        self._remaining = 0
        self._trailer_bytes = 0
        self._line = b""

    def feed(self, data: bytes) -> bytes | None:
        """See `BodyReader.feed`."""
        buffer = self._line + data
        self._line = b""
        position = 0
        while True:
            if self._expected is _Part.DATA:
                position = self._read_data(buffer, position)
                if self._remaining:
                    return None
                self._expected = _Part.DATA_END
            end = buffer.find(b"\r\n", position)
            if end < 0:
                self._keep_line(buffer[position:])
                return None
            line, position = buffer[position:end], end + 2
            if self._read_line(line):
                return buffer[position:]

    def take(self) -> bytes:
        """See `BodyReader.take`."""
        body, self._body = bytes(self._body), bytearray()
        return body

    def _read_data(self, buffer: bytes, position: int) -> int:
        end = min(position + self._remaining, len(buffer))
        self._body += memoryview(buffer)[position:end]
        self._remaining -= end - position
        return end

    def _keep_line(self, start: bytes) -> None:
        if len(start) > _MAX_LINE_BYTES:
            raise HttpRequestError(413)
        self._line = start

    def _read_line(self, line: bytes) -> bool:
        """Act on one whole line; True if it ends the body."""
        if self._expected is _Part.SIZE:
            self._begin_chunk(line)
        elif self._expected is _Part.TRAILER:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > _MAX_TRAILER_BYTES:
                raise HttpRequestError(413)
            return not line
        elif line:
            raise HttpRequestError(413)
        else:
            self._expected = _Part.SIZE
        return False

    def _begin_chunk(self, line: bytes) -> None:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise HttpRequestError(413)
        self._remaining = int(match[1], 16)
        if len(self._body) + self._remaining > self._max_bytes:
            raise HttpRequestError(413)
        self._expected = _Part.DATA if self._remaining else _Part.TRAILER
