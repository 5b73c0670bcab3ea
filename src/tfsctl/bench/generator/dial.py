"""How a generator reaches the server."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfsctl.client.proxy import Proxy, proxy_for
from tfsctl.client.rest_errors import unreachable
from tfsctl.client.sockets import open_socket
from tfsctl.client.tls_errors import tls_failure

if TYPE_CHECKING:
    from tfsctl.client import ServerAddress
    from tfsctl.errors import TfsctlError

_UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN}


@dataclass(frozen=True, slots=True)
class Dial:
    """Makes connections to one server; picklable.

    Attributes:
        address: The server's.
        application: What is spoken there, as TLS names it: `h2` or `http/1.1`.
        proxy: What lies between, if anything.
    """

    address: ServerAddress
    application: str
    proxy: Proxy | None = None

    @classmethod
    def to(cls, address: ServerAddress) -> Dial:
        """To a server whose protocol is known, over the proxy that the environment names for it."""
        application = "h2" if address.protocol == "grpc" else "http/1.1"
        return cls(address, application, proxy_for(address))

    def tls_context(self) -> ssl.SSLContext | None:
        """The context for connections to a server that speaks TLS; None for another."""
        if not self.address.secure:
            return None
        context = self.address.tls.context()
        context.set_alpn_protocols([self.application])
        return context

    def connect(self, context: ssl.SSLContext | None, *, timeout_seconds: float) -> socket.socket:
        """A connection that can be used, non-blocking; raises UnavailableError."""
        try:
            connection = self._connect(timeout_seconds)
            if context is not None:
                connection = context.wrap_socket(connection, server_hostname=self.address.host)
        except TimeoutError as error:
            raise unreachable(self.address, f"no connection within {timeout_seconds:g} s") from error
        except OSError as error:
            raise self.failure(error) from error
        return self._prepared(connection)

    def begin_connecting(self, context: ssl.SSLContext | None) -> socket.socket:
        """A non-blocking socket on its way to the server, TLS still to be spoken; raises OSError.

        A proxy is spoken to at once, for at most a second.
        """
        if self.proxy is not None:
            connection = self._prepared(self._connect(1.0))
        else:
            family, place = self._place()
            connection = socket.socket(family, socket.SOCK_STREAM)
            self._prepared(connection)
            code = connection.connect_ex(place)
            if code not in _UNDER_WAY:
                connection.close()
                raise OSError(code, errno.errorcode.get(code, "no connection"))
        if context is None:
            return connection
        return context.wrap_socket(connection, server_hostname=self.address.host, do_handshake_on_connect=False)

    def failure(self, error: OSError) -> TfsctlError:
        """The error that a failed attempt to connect means."""
        if isinstance(error, ssl.SSLError):
            return tls_failure(self.address, error)
        return unreachable(self.address, error.strerror or str(error))

    def _connect(self, timeout_seconds: float) -> socket.socket:
        if self.proxy is not None:
            return self.proxy.connect(self.address, timeout_seconds=timeout_seconds)
        return open_socket(self.address, timeout_seconds=timeout_seconds)

    def _place(self) -> tuple[socket.AddressFamily, str | tuple[Any, ...]]:
        """Where `connect` goes: asked of the resolver each time, as the first connection was."""
        if self.address.socket is not None:
            return socket.AF_UNIX, self.address.socket
        found = socket.getaddrinfo(self.address.host, self.address.port, type=socket.SOCK_STREAM)
        return found[0][0], found[0][4]

    def _prepared(self, connection: socket.socket) -> socket.socket:
        connection.setblocking(False)
        with contextlib.suppress(OSError):  # A UNIX socket has no such option.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
