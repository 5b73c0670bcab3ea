"""Addresses to listen on: how they are written, and whether they are free."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tfsctl.serving.http.listen import listen
from tfsctl.serving.unix_socket import check_can_listen_unix

# What a client on this machine says instead.
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ListenAddress:
    """Where one API is served: on a port of a host, on a UNIX socket, on both. Port 0 means any that is free."""

    host: str = "127.0.0.1"
    port: int | None = 0
    socket_path: Path | None = None

    def ready_address(self, port: int, *, for_all: str) -> str:
        """What the log says where `port` was bound; `for_all` is what it says for all addresses of this machine."""
        return format_address(for_all if self.host in _ANY_ADDRESS else self.host, port)

    @property
    def is_any(self) -> bool:
        """Whether there is somewhere to listen at all."""
        return self.port is not None or self.socket_path is not None

    def check(self) -> None:
        """Raise the ServerStartError that tells why nobody could listen there now; do nothing if one could."""
        if self.port:
            check_can_listen(self.host, self.port)
        if self.socket_path is not None:
            check_can_listen_unix(self.socket_path)

    def client_address(self, port: int | None) -> str:
        """What a client on this machine connects to where `port` was bound: `HOST:PORT`, else `unix:PATH`."""
        if port is not None:
            return format_address(_ANY_ADDRESS.get(self.host, self.host), port)
        assert self.socket_path is not None
        return f"unix:{os.path.abspath(self.socket_path)}"


def format_address(host: str, port: int) -> str:
    """`127.0.0.1:8500`, or `[::1]:8500` for IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_can_listen(host: str, port: int) -> None:
    """Raise the ServerStartError that tells why nobody could listen there now; do nothing if one could."""
    for listener in listen(host, port):
        listener.close()
