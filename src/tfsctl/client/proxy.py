"""A proxy between this side and the server, as the environment names it."""

from __future__ import annotations

import base64
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_MAX_REPLY_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        host, port: Where it listens.
        authorization: The value of a Proxy-Authorization header; empty for none.
        tunnels: Whether it is asked for a tunnel; else it passes requests on that name the whole URL.
    """

    host: str
    port: int
    authorization: str
    tunnels: bool

    @property
    def header(self) -> str:
        """What a request says to the proxy, with its line feed; empty for nothing."""
        return f"Proxy-Authorization: {self.authorization}\r\n" if self.authorization else ""

    def connect(self, address: ServerAddress, *, timeout_seconds: float) -> socket.socket:
        """A connection on which the server is spoken to, or the proxy where it has no tunnels; raises OSError."""
        connection = socket.create_connection((self.host, self.port), timeout=timeout_seconds)
        if self.tunnels:
            try:
                self._dig(connection, address.target)
            except BaseException:
                connection.close()
                raise
        return connection

    def _dig(self, connection: socket.socket, target: str) -> None:
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{self.header}\r\n".encode("latin-1"))
        reply = b""
        while b"\r\n\r\n" not in reply:
            # Byte by byte: what follows the head belongs to the server.
            byte = connection.recv(1)
            reply += byte
            if not byte or len(reply) > _MAX_REPLY_BYTES:
                raise ConnectionResetError(None, "the proxy hung up")
        words = reply.split(None, 2)
        if len(words) < 2 or words[1] != b"200":
            raise ConnectionRefusedError(None, f"the proxy at {self.host}:{self.port} refuses to connect")


def proxy_for(address: ServerAddress) -> Proxy | None:
    """The proxy that the environment names for a server; none leads to this machine itself or to a UNIX socket."""
    if address.is_loopback or address.socket is not None or not _has_proxies():
        return None
    from requests.utils import get_environ_proxies, select_proxy

    url = address.http_url
    proxies = get_environ_proxies(url, no_proxy=None)
    is_grpc = address.protocol == "grpc"
    chosen = (proxies.get("grpc") if is_grpc else None) or select_proxy(url, proxies)
    if not chosen:
        return None
    parts = urlsplit(chosen if "://" in chosen else f"http://{chosen}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Proxy(
        host=parts.hostname or "",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        authorization=f"Basic {token}" if user else "",
        tunnels=address.secure or is_grpc,
    )


def _has_proxies() -> bool:
    """requests, which knows the rules, takes long to load."""
    return any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())
