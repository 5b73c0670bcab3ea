"""A non-blocking stream of bytes to the server: TCP or a UNIX socket, plain or TLS."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from tfsctl.bench.generator.waiting import READ, WRITE

if TYPE_CHECKING:
    from tfsctl.bench.generator.dial import Dial
    from tfsctl.bench.generator.waiting import Waiter

_RECEIVE_BYTES = 1 << 18
_WAIT = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class Transport:
    """Belongs to one sender, which the waiter names when something happens. Not thread-safe.

    Methods raise OSError when the connection has failed; `close` it then.
    """

    def __init__(self, dial: Dial, context: ssl.SSLContext | None, waiter: Waiter, *, owner: object) -> None:
        self._dial = dial
        self._context = context
        self._waiter = waiter
        self._owner = owner
        self._socket: socket.socket | None = None
        self._is_connecting = False
        self._has_to_shake_hands = False
        self._out = bytearray()
        # Kept: to allocate so much for each reply costs more than to receive it.
        self._in = memoryview(bytearray(_RECEIVE_BYTES))
        self._watched = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, or one on its way."""
        return self._socket is not None

    def open_now(self, *, timeout_seconds: float) -> None:
        """Connect, and wait for it; raises UnavailableError."""
        self._socket = self._dial.connect(self._context, timeout_seconds=timeout_seconds)
        self._watch(READ)

    def open_later(self) -> None:
        """Begin to connect; what is written meanwhile is sent when that is done."""
        self._socket = self._dial.begin_connecting(self._context)
        self._is_connecting, self._has_to_shake_hands = True, self._context is not None
        self._watch(READ | WRITE)

    def close(self) -> None:
        """Let go of the connection, and of what was still to be sent; idempotent."""
        if self._socket is not None:
            self._waiter.forget(self._socket)
            self._socket.close()
        self._socket, self._watched = None, 0
        self._is_connecting = self._has_to_shake_hands = False
        self._out.clear()

    def write(self, data: bytes) -> None:
        """Send, now or as soon as it can be."""
        sent = 0
        if not self._out and not self._is_connecting and not self._has_to_shake_hands:
            sent = self._send(data)
            if sent == len(data):
                return
        self._out += memoryview(data)[sent:]
        self._watch(READ | WRITE)

    def on_event(self, mask: int) -> bytes | None:
        """Go on with what the connection is ready for. What has come; None for nothing, empty for the end."""
        if self._is_connecting or self._has_to_shake_hands:
            if not self._is_connected(mask):
                return None
        elif mask & WRITE:
            self._flush()
        return self._receive() if mask & READ else None

    def _is_connected(self, mask: int) -> bool:
        assert self._socket is not None
        if self._is_connecting:
            if not mask & WRITE:
                return False
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "no connection")
            self._is_connecting = False
        if self._has_to_shake_hands:
            assert isinstance(self._socket, ssl.SSLSocket)
            try:
                self._socket.do_handshake()
            except ssl.SSLWantReadError:
                self._watch(READ)
                return False
            except ssl.SSLWantWriteError:
                self._watch(READ | WRITE)
                return False
            self._has_to_shake_hands = False
        self._flush()
        return True

    def _flush(self) -> None:
        if self._out:
            sent = self._send(self._out)
            del self._out[:sent]
        self._watch(READ | WRITE if self._out else READ)

    def _send(self, data: bytes | bytearray) -> int:
        assert self._socket is not None
        try:
            return self._socket.send(data)
        except _WAIT:
            return 0

    def _receive(self) -> bytes | None:
        assert self._socket is not None
        try:
            received = bytes(self._in[: self._socket.recv_into(self._in)])
            # What TLS holds already is not announced again.
            while received and self._context is not None and self._socket.pending():  # type: ignore[attr-defined]
                received += self._socket.recv(_RECEIVE_BYTES)
        except _WAIT:
            return None
        return received

    def _watch(self, mask: int) -> None:
        assert self._socket is not None
        if mask != self._watched:
            self._waiter.watch(self._socket, mask, self._owner)
            self._watched = mask
