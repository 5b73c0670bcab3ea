"""Find out which protocol a port speaks, without asking a model for anything."""

from __future__ import annotations

import socket
import time

from tfsctl.client.address import WireProtocol

# HTTP/2's connection preface and an empty SETTINGS frame. An HTTP/2 server answers with its own SETTINGS frame, before
# any request; to an HTTP/1 server it is a whole request of an unknown method, which it refuses or hangs up on.
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_SETTINGS_FRAME = 4


def is_reachable(host: str, port: int, *, timeout_seconds: float) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def probe_protocol(host: str, port: int, *, timeout_seconds: float) -> WireProtocol | None:
    """Which protocol the server at a port speaks in plain text; None if nothing answers, or nothing that tells.

    A server that hangs up on HTTP/2 is taken for a REST server.
    """
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds) as connection:
            connection.sendall(_PREFACE)
            answer = _receive(connection, 5, deadline=time.monotonic() + timeout_seconds)
    except ConnectionRefusedError:
        return None
    except (ConnectionResetError, BrokenPipeError):
        return "rest"
    except OSError:
        return None
    if answer.startswith(b"HTTP/"):
        return "rest"
    # A frame begins with three bytes of length and one of type.
    return "grpc" if len(answer) > 3 and answer[3] == _SETTINGS_FRAME else "rest"


def _receive(connection: socket.socket, size: int, *, deadline: float) -> bytes:
    """The first `size` bytes, fewer if the other side closes; raises TimeoutError at the deadline."""
    received = b""
    while len(received) < size:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = connection.recv(64)
        if not chunk:
            break
        received += chunk
    return received
