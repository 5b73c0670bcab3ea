"""TLS between a socket and an HTTP connection.

The event loops bring TLS along, each its own. This one is the same on all of them, and it does what a server needs:
handshakes are counted and cut like any request that takes too long, a connection that ends does not wait for its
client to say goodbye, and a client that sends no more still gets its answers.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import cast

from tfsctl.serving.http.engine import HttpEngine
from tfsctl.serving.http.pages import html_page
from tfsctl.serving.http.reply import ReplyForm

# The most that is encrypted before the socket is asked whether it can keep up.
_WRITE_BYTES = 256 * 1024
_READ_BYTES = 16 * 1024  # A record of TLS.
_CLOSING_FORM = ReplyForm(keeps_alive=False)


class TlsHandshakes:
    """The handshakes under way at one server. There are at most `limits.max_handshakes`: then the oldest must go."""

    def __init__(self, context: ssl.SSLContext, engine: HttpEngine) -> None:
        self.engine = engine
        self._context = context
        self._connections: dict[TlsConnection, None] = {}

    def begin(self, connection: TlsConnection, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        """Look after a connection from now on; gives it its side of TLS."""
        while len(self._connections) >= self.engine.limits.max_handshakes:
            oldest = next(iter(self._connections))
            self.end(oldest)
            oldest.abort()
        self._connections[connection] = None
        self.engine.add(connection)
        return self._context.wrap_bio(incoming, outgoing, server_side=True)

    def end(self, connection: TlsConnection) -> None:
        """The handshake is over, however it went. May be called again."""
        if connection in self._connections:
            del self._connections[connection]
            self.engine.remove(connection)


class TlsConnection(asyncio.Protocol):
    """To the socket a protocol, to `protocol` a transport, as far as HttpConnection uses one."""

    def __init__(self, handshakes: TlsHandshakes, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        self._handshakes = handshakes
        self._make_protocol = make_protocol
        self._protocol: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._unsent: deque[memoryview] = deque()
        self._is_writing_paused = False
        self._was_protocol_paused = False
        self._is_closing = False
        self._is_write_ended = False
        self.deadline = float("inf")

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the client to begin."""
        self._transport = cast("asyncio.Transport", transport)
        self.deadline = perf_counter() + self._handshakes.engine.limits.handshake_timeout_seconds
        self._tls = self._handshakes.begin(self, self._incoming, self._outgoing)
        if self._handshakes.engine.is_draining:
            self.drain()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who is above."""
        self._transport = None
        self._tls = None
        self._unsent.clear()
        self._handshakes.end(self)
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Shake hands, or decrypt."""
        if self._is_closing or self._is_write_ended:
            return  # Nobody listens any more.
        self._incoming.write(data)
        try:
            if self._protocol is None and not self._shake_hands():
                return
            self._read()
            if self._unsent:
                self._write_on()  # TLS may have waited for what came.
        except ssl.SSLError as error:
            self._fail(error)

    def eof_received(self) -> bool:
        """The client sends no more. Without TLS's own word for it, but HTTP says by itself where a request ends."""
        self._end_reading()
        return bool(self._unsent) or not self._is_closing

    def pause_writing(self) -> None:
        """The socket is full."""
        self._is_writing_paused = True
        if self._protocol is not None and not self._was_protocol_paused:
            self._was_protocol_paused = True
            self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """The socket has room again."""
        self._is_writing_paused = False
        self._write_on()
        if self._was_protocol_paused and not (self._unsent or self._is_writing_paused):
            self._was_protocol_paused = False
            if self._protocol is not None:
                self._protocol.resume_writing()

    # What the engine calls during the handshake.

    def abort(self) -> None:
        """End at once."""
        if self._transport is not None:
            self._transport.abort()

    def drain(self) -> None:
        """End soon: perhaps a request is on its way."""
        limits = self._handshakes.engine.limits
        self.deadline = min(self.deadline, perf_counter() + limits.drain_linger_seconds)

    # What the HTTP connection calls.

    def write(self, data: bytes) -> None:
        """Send, or keep until the socket has room."""
        self._unsent.append(memoryview(data))
        self._write_on()

    def close(self) -> None:
        """End when all is sent, without waiting for the client's goodbye."""
        self._is_closing = True
        if not self._unsent:
            self._finish()

    def can_write_eof(self) -> bool:
        """Whether `write_eof` works."""
        return True

    def write_eof(self) -> None:
        """Say that nothing more will come; what the client still sends is thrown away."""
        self._is_write_ended = True
        if not self._unsent:
            self._finish()

    def pause_reading(self) -> None:
        """Read no more from the socket."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._transport is not None:
            self._transport.resume_reading()

    def _shake_hands(self) -> bool:
        """One step of the handshake; whether it is done."""
        assert self._tls is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        self._flush()
        self._protocol = self._make_protocol()
        self._protocol.connection_made(cast("asyncio.BaseTransport", self))
        # Only now: for the engine there must be no moment without this connection.
        self._handshakes.end(self)
        return True

    def _read(self) -> None:
        """Hand on all that can be decrypted, in one piece."""
        assert self._tls is not None
        chunks: list[bytes] = []
        is_ended = False
        try:
            while not is_ended and (self._incoming.pending or self._tls.pending()):
                chunk = self._tls.read(_READ_BYTES)
                if chunk:
                    chunks.append(chunk)
                is_ended = not chunk
        except ssl.SSLWantReadError:
            pass
        if self._outgoing.pending:
            self._flush()  # An answer of TLS itself, as to a key update.
        if chunks and self._protocol is not None:
            self._protocol.data_received(chunks[0] if len(chunks) == 1 else b"".join(chunks))
        if is_ended:
            self._end_reading()

    def _end_reading(self) -> None:
        """The connection goes on if there are answers to come."""
        if self._protocol is None or not self._protocol.eof_received():
            self.close()

    def _write_on(self) -> None:
        while self._unsent and not self._is_writing_paused and self._tls is not None:
            view = self._unsent[0]
            try:
                count = self._tls.write(view[:_WRITE_BYTES])
            except ssl.SSLWantReadError:
                return
            except ssl.SSLError:
                self.abort()
                return
            if count == len(view):
                self._unsent.popleft()
            else:
                self._unsent[0] = view[count:]
            self._flush()
        if not self._unsent and (self._is_closing or self._is_write_ended):
            self._finish()

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data and self._transport is not None:
            self._transport.write(data)

    def _finish(self) -> None:
        """Say goodbye, and close the socket or its sending side."""
        transport = self._transport
        if transport is None or self._tls is None:
            return
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        self._flush()
        if self._is_closing:
            transport.close()
        elif transport.can_write_eof():
            transport.write_eof()

    def _fail(self, error: ssl.SSLError) -> None:
        """What came is no TLS, or not from somebody who is let in: say so, and end."""
        transport = self._transport
        if transport is None:
            return
        if error.reason == "HTTP_REQUEST":
            # A page says more to who forgot the `s` of https than an alert of a protocol that they do not speak.
            self._outgoing.read()
            transport.write(self._handshakes.engine.encoder.encode(html_page(400), _CLOSING_FORM))
        self._flush()
        self._is_closing = True
        self._unsent.clear()
        transport.close()
