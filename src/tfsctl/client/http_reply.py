"""HTTP/1.1 replies out of bytes as they come: what load needs of the protocol, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_MAX_HEAD_BYTES = 1 << 16
_FINAL = 200
_NO_CONTENT = 204


class NoHttpError(ValueError):
    """What came is no HTTP/1 reply."""


class HttpReply(NamedTuple):
    """A whole reply.

    Attributes:
        status: As in the first line.
        body: As it came, compressed where `encoding` says so.
        encoding: Of the body: `gzip`, or empty.
        keeps_alive: Whether the connection may be used again.
    """

    status: int
    body: bytes
    encoding: str
    keeps_alive: bool


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    size: int | None
    is_chunked: bool
    encoding: str
    keeps_alive: bool


class HttpReplyReader:
    """Takes what a connection gives and makes replies of it, one for each request. Not thread-safe."""

    def __init__(self) -> None:
        self._received: bytes | bytearray = b""
        self._head: _Head | None = None
        self._body = bytearray()

    def feed(self, chunk: bytes) -> HttpReply | None:
        """The reply that is complete with `chunk`; None while more is to come. Raises NoHttpError."""
        if not self._received:
            self._received = chunk
        else:
            if isinstance(self._received, bytes):
                self._received = bytearray(self._received)
            self._received += chunk
        if self._head is None:
            self._head = self._find_head()
        head = self._head
        if head is None:
            return None
        if head.is_chunked:
            return self._reply(bytes(self._body)) if self._has_last_chunk() else None
        if head.size is None or len(self._received) < head.size:
            return None
        body, self._received = bytes(self._received[: head.size]), self._received[head.size :]
        return self._reply(body)

    def end(self) -> HttpReply | None:
        """The reply that ends with the connection, as one does that says no size; None if it is broken off."""
        head = self._head
        if head is None or head.is_chunked or head.size is not None:
            return None
        body, self._received = bytes(self._received), b""
        return self._reply(body)

    def _find_head(self) -> _Head | None:
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                if len(self._received) > _MAX_HEAD_BYTES:
                    raise NoHttpError("no end of the head")
                return None
            head = _parse_head(bytes(self._received[:end]))
            self._received = self._received[end + 4 :]
            if head.status >= _FINAL:
                return head  # Else an interim answer such as 100 Continue: the real one follows.

    def _has_last_chunk(self) -> bool:
        """Move what is there of chunks to the body. A chunk ends with a line break, the last one is empty."""
        while (end := self._received.find(b"\r\n")) >= 0:
            size = _chunk_size(bytes(self._received[:end]))
            begin = end + 2
            if len(self._received) < begin + size + 2:
                return False
            self._body += self._received[begin : begin + size]
            self._received = self._received[begin + size + 2 :]
            if size == 0:
                return True
        return False

    def _reply(self, body: bytes) -> HttpReply:
        head = self._head
        assert head is not None
        has_size = head.is_chunked or head.size is not None
        keeps_alive = head.keeps_alive and has_size and not self._received
        self._head, self._body, self._received = None, bytearray(), b""
        return HttpReply(head.status, body, head.encoding, keeps_alive)


@lru_cache(maxsize=64)
def _parse_head(head: bytes) -> _Head:
    """Servers send the same head again and again, until their date changes."""
    first, *lines = head.split(b"\r\n")
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise NoHttpError("no status line")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    length = headers.get(b"content-length")
    if length is not None and not length.isdigit():
        raise NoHttpError("no length")
    status = int(words[1])
    connection = headers.get(b"connection", b"").lower()
    return _Head(
        status=status,
        size=0 if status == _NO_CONTENT else None if length is None else int(length),
        is_chunked=headers.get(b"transfer-encoding", b"").lower() == b"chunked",
        encoding=headers.get(b"content-encoding", b"").decode("latin-1").lower().replace("identity", ""),
        keeps_alive=connection == b"keep-alive" if words[0] == b"HTTP/1.0" else connection != b"close",
    )


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.split(b";")[0], 16)
    except ValueError:
        raise NoHttpError("no size of a chunk") from None
