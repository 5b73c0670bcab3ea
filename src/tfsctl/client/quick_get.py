"""One GET of a small JSON answer, for those who would rather have no answer than wait for it."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

from tfsctl.client.sockets import open_socket, open_tls

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_RECEIVE_BYTES = 1 << 16
_MAX_BYTES = 1 << 24


def get_json(address: ServerAddress, path: str, *, timeout_seconds: float) -> Any:
    """The JSON value at `path` of a REST address; loads no library but TLS where the address wants it.

    The time covers connecting and the whole answer, but not the look-up of the host's name, which nothing can stop.

    Raises:
        OSError: nobody answers there in time.
        ValueError: what answers is no success, or not JSON.
    """
    deadline = time.monotonic() + timeout_seconds
    with _connected(address, timeout_seconds) as connection:
        # Of HTTP 1.0, so that the answer comes in one piece and ends with the connection.
        head = f"GET {address.path}{path} HTTP/1.0\r\nHost: {address.target}\r\nAccept: application/json\r\n\r\n"
        connection.sendall(head.encode("ascii"))
        answer = _received(connection, deadline)
    first, _, body = answer.partition(b"\r\n\r\n")
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or words[1] != b"200":
        raise ValueError(f"no success: {first[:100]!r}")
    return json.loads(body)


def _connected(address: ServerAddress, timeout_seconds: float) -> socket.socket:
    if address.secure:
        return open_tls(address, address.tls.context(), timeout_seconds=timeout_seconds)
    return open_socket(address, timeout_seconds=timeout_seconds)


def _received(connection: socket.socket, deadline: float) -> bytes:
    parts = bytearray()
    while len(parts) <= _MAX_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no whole answer in time")
        connection.settimeout(left)
        chunk = connection.recv(_RECEIVE_BYTES)
        if not chunk:
            return bytes(parts)
        parts += chunk
    raise ValueError("the answer is too long")
