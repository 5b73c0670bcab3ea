"""A kept-alive HTTP/1.1 connection for load: one request at a time, and little Python around it.

requests spends more time on a small call than a fast server does, so that a load generator built on it would measure
itself. This speaks just enough HTTP to post JSON and to read what any HTTP/1.1 server answers.
"""

from __future__ import annotations

import select
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tfsctl.client.http_reply import HttpReply, HttpReplyReader, NoHttpError
from tfsctl.client.rest_errors import error_from_reply, hung_up, not_tensorflow_serving, too_late, unreachable
from tfsctl.client.sockets import open_socket, open_tls

if TYPE_CHECKING:
    import ssl

    from tfsctl.client.address import ServerAddress
    from tfsctl.errors import UnavailableError

_RECEIVE_BYTES = 1 << 18
_OK = 200


class HttpConnection:
    """A `Connection` that posts to one URL.

    It connects at the first call, and again when the server has hung up between calls.
    """

    def __init__(self, address: ServerAddress, url: str) -> None:
        self._context: ssl.SSLContext | None = address.tls.context() if address.secure else None
        parts = urlsplit(url)
        self._address = address
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode("ascii")
        self._socket: socket.socket | None = None
        self._deadline = 0.0
        self._timeout_seconds = 0.0

    def open(self) -> None:
        """See `Connection.open`."""
        self._connected(5.0)

    def send(self, request: bytes, *, timeout_seconds: float) -> bytes:
        """See `Connection.send`. Here the timeout covers the whole call."""
        self._timeout_seconds = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        connection = self._connected(timeout_seconds)
        try:
            connection.settimeout(timeout_seconds)
            connection.sendall(self._head + str(len(request)).encode() + b"\r\n\r\n" + request)
            reply = self._reply(connection)
        except TimeoutError as error:
            self.close()
            raise too_late(self._address, timeout_seconds) from error
        except OSError as error:
            self.close()
            raise hung_up(self._address) from error
        except BaseException:
            self.close()  # What is left of the reply would be taken for the next one.
            raise
        if not reply.keeps_alive:
            self.close()
        if reply.status != _OK:
            raise error_from_reply(self._address, reply.status, reply.body)
        return reply.body

    def close(self) -> None:
        """See `Connection.close`."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self, timeout_seconds: float) -> socket.socket:
        # Nothing is owed to us between calls: a socket with something to read has been closed by the server.
        if self._socket is not None and self._has_something_to_read(self._socket):
            self.close()
        if self._socket is None:
            try:
                self._socket = self._connect(timeout_seconds)
            except TimeoutError as error:
                raise unreachable(self._address, f"no connection within {timeout_seconds:g} s") from error
            except OSError as error:
                raise self._not_connected(error) from error
        return self._socket

    def _connect(self, timeout_seconds: float) -> socket.socket:
        if self._context is None:
            connection = open_socket(self._address, timeout_seconds=timeout_seconds)
        else:
            connection = open_tls(self._address, self._context, timeout_seconds=timeout_seconds)
        if self._address.socket is None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _not_connected(self, error: OSError) -> UnavailableError:
        if self._context is not None:
            import ssl

            from tfsctl.client.tls_errors import tls_failure

            if isinstance(error, ssl.SSLError):
                return tls_failure(self._address, error)
        return unreachable(self._address, error.strerror or str(error))

    def _has_something_to_read(self, connection: socket.socket) -> bool:
        if not select.select((connection,), (), (), 0)[0]:
            return False
        if self._context is None:
            return True
        import ssl

        # TLS itself sends something after the handshake, which ends in nothing to read.
        connection.setblocking(False)
        try:
            connection.recv(1)
        except ssl.SSLWantReadError:
            return False
        except OSError:
            pass
        return True

    def _reply(self, connection: socket.socket) -> HttpReply:
        reader = HttpReplyReader()
        try:
            while True:
                chunk = self._receive(connection)
                reply = reader.feed(chunk) if chunk else reader.end()
                if reply is not None:
                    return reply
                if not chunk:
                    raise ConnectionResetError
        except NoHttpError as error:
            raise not_tensorflow_serving(self._address, "no HTTP") from error

    def _receive(self, connection: socket.socket) -> bytes:
        """What has come, nothing at the end of the connection; raises TimeoutError at the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        return connection.recv(_RECEIVE_BYTES)
