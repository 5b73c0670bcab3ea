"""The sockets that a server listens on."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Sequence

from tfsctl.errors import ServerStartError

_BACKLOG = 1024
# How often another free port is tried where the same number must be free for IPv4 and IPv6.
_NUM_TRIES = 16

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
# What the system says of a family or an address that it does not have.
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

Address = tuple[socket.AddressFamily, str]


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets listening on every address of `host`, all on one port; port 0 takes a free one.

    `host` is a name, an IPv4 or an IPv6 address; `::` takes IPv4 too, as does the empty text.

    Raises:
        ServerStartError: the host is unknown, the port is taken or reserved, the address is not this machine's.
    """
    try:
        return _listen_on_all(_resolve(host, port), port, num_tries=1 if port else _NUM_TRIES)
    except OSError as error:
        raise _start_error(error, host, port) from error


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ServerStartError(
            f"Cannot listen on {host}: {getattr(error, 'strerror', None) or error}",
            hint="Choose an address of this machine, or 0.0.0.0 for all of them.",
        ) from error
    addresses = [(family, str(address[0])) for family, _, _, _, address in found if family in _FAMILIES]
    return list(dict.fromkeys(addresses))


def _listen_on_all(addresses: Sequence[Address], port: int, *, num_tries: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    takes_ipv4 = len(addresses) == 1
    try:
        for family, address in addresses:
            listener = _listen_if_present(family, address, port, takes_ipv4=takes_ipv4)
            if listener is not None:
                sockets.append(listener)
                port = port or listener.getsockname()[1]
    except OSError as error:
        for each in sockets:
            each.close()
        if error.errno == errno.EADDRINUSE and num_tries > 1:
            return _listen_on_all(addresses, 0, num_tries=num_tries - 1)
        raise
    if not sockets:
        raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    return sockets


def _listen_if_present(
    family: socket.AddressFamily, address: str, port: int, *, takes_ipv4: bool
) -> socket.socket | None:
    """A listening socket; None where the machine lacks the address: `localhost` often names ::1 without IPv6."""
    try:
        return _listen_on(family, address, port, takes_ipv4=takes_ipv4)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise


def _listen_on(family: socket.AddressFamily, address: str, port: int, *, takes_ipv4: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # A port whose last connections are still closing may be taken again.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not (takes_ipv4 and address == "::")))
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _start_error(error: OSError, host: str, port: int) -> ServerStartError:
    hints = {
        errno.EADDRINUSE: "Another process listens there. Stop it, or choose another port; 0 takes any free one.",
        errno.EACCES: "Ports below 1024 are for the system. Choose a higher one.",
        errno.EADDRNOTAVAIL: "That is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all addresses.",
    }
    return ServerStartError(
        f"Cannot listen on {host or '*'}:{port}: {error.strerror or error}", hint=hints.get(error.errno or 0)
    )
