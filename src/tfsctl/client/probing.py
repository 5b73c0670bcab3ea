"""Find out which protocol a server speaks, without asking a model for anything."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Literal

from tfsctl.client.sockets import open_socket, open_tls

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress, WireProtocol

# HTTP/2's connection preface and an empty SETTINGS frame. An HTTP/2 server answers with its own SETTINGS frame, before
# any request; to an HTTP/1 server it is a whole request of an unknown method, which it refuses or hangs up on.
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
_SETTINGS_FRAME = 4
_TLS_ALERT = b"\x15\x03"


def is_reachable(address: ServerAddress, *, timeout_seconds: float) -> bool:
    """Whether something accepts connections there."""
    try:
        with open_socket(address, timeout_seconds=timeout_seconds):
            return True
    except OSError:
        return False


def probe_protocol(address: ServerAddress, *, timeout_seconds: float) -> WireProtocol | Literal["tls"] | None:
    """Which protocol the server at an address speaks; None if nothing answers, or nothing that tells.

    `tls` is said of a server that was to be asked without it. A server that hangs up on HTTP/2 is taken for a REST
    server.
    """
    if address.secure:
        return _probe_inside_tls(address, timeout_seconds)
    try:
        with open_socket(address, timeout_seconds=timeout_seconds) as connection:
            connection.sendall(_PREFACE)
            answer = _receive(connection, 5, deadline=time.monotonic() + timeout_seconds)
    except (ConnectionResetError, BrokenPipeError):
        answer = b""
    except OSError:
        return None
    if answer.startswith(b"HTTP/"):
        return "rest"
    # A frame begins with three bytes of length and one of type.
    if len(answer) > 3 and answer[3] == _SETTINGS_FRAME:
        return "grpc"
    if answer.startswith(_TLS_ALERT) or (not answer and is_tls(address, timeout_seconds=timeout_seconds)):
        return "tls"
    return "rest"


def _probe_inside_tls(address: ServerAddress, timeout_seconds: float) -> WireProtocol | None:
    """TLS says it in the handshake: gRPC servers insist on HTTP/2 there. What is wrong with TLS shows at a call."""
    context = address.tls.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with open_tls(address, context, timeout_seconds=timeout_seconds) as connection:
            return "grpc" if connection.selected_alpn_protocol() == "h2" else "rest"
    except OSError:
        return None


def is_tls(address: ServerAddress, *, timeout_seconds: float) -> bool:
    """Whether the server at an address speaks TLS, whoever it says it is."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # Nothing is sent over this connection.
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with open_tls(address, context, timeout_seconds=timeout_seconds):
            return True
    except OSError:
        return False


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
