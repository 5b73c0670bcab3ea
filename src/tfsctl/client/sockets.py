"""Connections to a server below any protocol: TCP or a UNIX socket, plain or TLS."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from tfsctl.client.address import ServerAddress


def open_socket(address: ServerAddress, *, timeout_seconds: float) -> socket.socket:
    """A connection to an address whose port is known, without TLS; raises OSError."""
    if address.socket is None:
        assert address.port is not None
        return socket.create_connection((address.host, address.port), timeout=timeout_seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout_seconds)
        connection.connect(address.socket)
    except BaseException:
        connection.close()
        raise
    return connection


def open_tls(address: ServerAddress, context: ssl.SSLContext, *, timeout_seconds: float) -> ssl.SSLSocket:
    """A connection after the handshake; raises OSError, of which ssl.SSLError is one."""
    connection = open_socket(address, timeout_seconds=timeout_seconds)
    try:
        return context.wrap_socket(connection, server_hostname=address.host)
    except BaseException:
        connection.close()
        raise
