"""A kept-alive HTTP/1.1 connection for load: one request at a time, and little Python around it.

requests spends more time on a small call than a fast server does, so that a load generator built on it would measure
itself. This speaks just enough HTTP to post JSON and to read what any HTTP/1.1 server answers.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tfsctl.client.rest_errors import error_from_reply, hung_up, not_tensorflow_serving, too_late, unreachable
from tfsctl.client.sockets import open_socket, open_tls

if TYPE_CHECKING:
    import ssl

    from tfsctl.client.address import ServerAddress
    from tfsctl.errors import UnavailableError

_RECEIVE_BYTES = 1 << 18
_MAX_HEAD_BYTES = 1 << 16
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
            status, body, keep = self._reply(connection)
        except TimeoutError as error:
            self.close()
            raise too_late(self._address, timeout_seconds) from error
        except OSError as error:
            self.close()
            raise hung_up(self._address) from error
        except BaseException:
            self.close()  # What is left of the reply would be taken for the next one.
            raise
        if not keep:
            self.close()
        if status != _OK:
            raise error_from_reply(self._address, status, body)
        return body

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

    def _reply(self, connection: socket.socket) -> tuple[int, bytes, bool]:
        """Status, body, and whether the connection may be used again."""
        received = b""
        while True:
            while (end := received.find(b"\r\n\r\n")) < 0:
                if len(received) > _MAX_HEAD_BYTES:
                    raise not_tensorflow_serving(self._address, "no HTTP")
                received += self._receive(connection)
            status, headers = self._parse_head(received[:end])
            received = received[end + 4 :]
            if status >= _OK:
                break  # Else an interim answer such as 100 Continue: the real one follows.
        keep = headers.get(b"connection", b"").lower() != b"close"
        if b"content-length" in headers:
            size = int(headers[b"content-length"])
            return status, self._sized(connection, received, size), keep
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            return status, self._chunked(connection, received), keep
        return status, self._until_closed(connection, received), False

    def _parse_head(self, head: bytes) -> tuple[int, dict[bytes, bytes]]:
        first, *lines = head.split(b"\r\n")
        words = first.split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
            raise not_tensorflow_serving(self._address, "no HTTP")
        headers = {}
        for line in lines:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        if not headers.get(b"content-length", b"0").isdigit():
            raise not_tensorflow_serving(self._address, "no HTTP")
        return int(words[1]), headers

    def _sized(self, connection: socket.socket, received: bytes, size: int) -> bytes:
        if len(received) >= size:
            return received[:size]
        parts, missing = [received], size - len(received)
        while missing > 0:
            parts.append(self._receive(connection))
            missing -= len(parts[-1])
        return b"".join(parts)

    def _chunked(self, connection: socket.socket, received: bytes) -> bytes:
        body: list[bytes] = []
        while True:
            while (end := received.find(b"\r\n")) < 0:
                received += self._receive(connection)
            size = _chunk_size(received[:end])
            if size is None:
                raise not_tensorflow_serving(self._address, "no HTTP")
            received = received[end + 2 :]
            # A chunk ends with a line break; the last one is empty, and trailers are not expected.
            while len(received) < size + 2:
                received += self._receive(connection)
            if size == 0:
                return b"".join(body)
            body.append(received[:size])
            received = received[size + 2 :]

    def _until_closed(self, connection: socket.socket, received: bytes) -> bytes:
        parts = [received]
        with contextlib.suppress(ConnectionResetError):
            while True:
                parts.append(self._receive(connection))
        return b"".join(parts)

    def _receive(self, connection: socket.socket) -> bytes:
        """What has come, at least one byte; raises ConnectionResetError at the end, TimeoutError at the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        chunk = connection.recv(_RECEIVE_BYTES)
        if not chunk:
            raise ConnectionResetError
        return chunk


def _chunk_size(line: bytes) -> int | None:
    try:
        return int(line.split(b";")[0], 16)
    except ValueError:
        return None
