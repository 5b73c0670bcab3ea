"""One gRPC connection: HTTP/2 with as many unary calls in flight as it is told to carry.

grpcio in Python spends some 170 microseconds on a call, more than a small model takes: so, as over REST, load goes past
the libraries that clients use.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

import tfsctl.bench.generator.http2_frames as http2
from tfsctl.bench.generator.grpc_headers import HPACKError, ReplyHeaders, RequestHeaders
from tfsctl.bench.generator.http2_frames import Frame, FrameReader
from tfsctl.bench.generator.http2_window import SendWindow
from tfsctl.bench.generator.sender import Call, Sender
from tfsctl.errors import Code, InternalError, TfsctlError, UnavailableError, error_for

if TYPE_CHECKING:
    import ssl

    from tfsctl.bench.generator.dial import Dial
    from tfsctl.bench.generator.grpc_target import GrpcTarget
    from tfsctl.bench.generator.waiting import Waiter

_SETTINGS = {
    http2.HEADER_TABLE_SIZE: 0,  # So equal header blocks mean equal headers: see ReplyHeaders.
    http2.ENABLE_PUSH: 0,
    http2.INITIAL_WINDOW_SIZE: http2.MAX_WINDOW,
    http2.MAX_FRAME_SIZE: 1 << 20,
}
# When so much has come, the server is told that it may go on.
_ACKNOWLEDGE_BYTES = 1 << 24
_MAX_STREAM = http2.MAX_WINDOW - 2
_HEAD = struct.Struct(">BI")
_REFUSED = 7
# What gRPC makes of HTTP/2's reasons to end a stream; the others are INTERNAL.
_CODE_OF_RESET = {
    _REFUSED: Code.UNAVAILABLE,
    http2.CANCEL: Code.CANCELLED,
    11: Code.RESOURCE_EXHAUSTED,
    12: Code.PERMISSION_DENIED,
}


class _Stream:
    """What has come of one call."""

    __slots__ = ("body", "call", "headers", "request")

    def __init__(self, call: Call, request: bytes) -> None:
        self.call = call
        self.request = request
        self.headers: dict[bytes, bytes] = {}
        self.body: bytes | bytearray = b""


class GrpcSender(Sender):
    """See `Sender`."""

    def __init__(
        self,
        dial: Dial,
        context: ssl.SSLContext | None,
        waiter: Waiter,
        *,
        ended: list[Call],
        target: GrpcTarget,
        capacity: int,
    ) -> None:
        super().__init__(dial, context, waiter, ended=ended, capacity=capacity)
        self._target = target
        self._streams: dict[int, _Stream] = {}
        self._actions: dict[int, Callable[[Frame], None]] = {
            http2.DATA: self._on_data,
            http2.HEADERS: self._on_headers,
            http2.CONTINUATION: self._on_headers,
            http2.RST_STREAM: self._on_reset,
            http2.SETTINGS: self._on_settings,
            http2.PING: self._on_ping,
            http2.WINDOW_UPDATE: self._on_window_update,
            http2.GOAWAY: self._on_goaway,
        }
        self._begin_anew()

    @property
    def can_begin(self) -> bool:
        """See `Sender.can_begin`: not while a connection that the server wants to end is still used."""
        return len(self._streams) < self._max_streams and not (self._is_draining and self._streams)

    def abandon(self, call: Call) -> None:
        """See `Sender.abandon`: the stream is cancelled, and the connection stays."""
        for number, stream in self._streams.items():
            if stream.call is call:
                del self._streams[number]
                self._window.forget(number)
                self._transport.write(http2.frame(http2.RST_STREAM, 0, number, struct.pack(">I", http2.CANCEL)))
                return

    def answer(self, call: Call) -> bytes:
        """See `Sender.answer`."""
        stream = call.reply
        assert isinstance(stream, _Stream)
        status = stream.headers.get(b"grpc-status")
        if status is None or not status.isdigit():
            said = stream.headers.get(b":status", b"nothing").decode("latin-1")
            raise UnavailableError(f"{self._dial.address} does not speak gRPC: it answered with status {said}.")
        if status != b"0":
            message = unquote(stream.headers.get(b"grpc-message", b"").decode("latin-1"))
            raise error_for(int(status), message or f"{self._dial.address} gave no reason.")
        return self._message(bytes(stream.body))

    def _begin(self, call: Call, request: bytes) -> None:
        number = self._next_stream
        self._next_stream += 2
        self._is_draining = self._next_stream > _MAX_STREAM
        self._streams[number] = _Stream(call, request)
        message = _HEAD.pack(self._target.gzip, len(request)) + request
        head = http2.frame(http2.HEADERS, http2.END_HEADERS, number, self._request_headers.block())
        self._transport.write(head + self._window.send(number, message))

    def _on_open(self) -> None:
        self._begin_anew()
        update = http2.window_update(0, http2.MAX_WINDOW - http2.DEFAULT_WINDOW)
        self._transport.write(http2.PREFACE + http2.settings(_SETTINGS) + update)

    def _begin_anew(self) -> None:
        self._frames = FrameReader()
        self._window = SendWindow()
        self._request_headers = RequestHeaders(self._target.headers(self._dial))
        self._reply_headers = ReplyHeaders()
        self._next_stream = 1
        self._max_streams = 1  # Until the server has said how many it takes.
        self._unacknowledged = 0
        self._is_draining = False
        self._block: tuple[Frame, bytes] | None = None

    def _receive(self, received: bytes) -> None:
        for frame in self._frames.feed(received):
            action = self._actions.get(frame.kind)
            if action is not None:
                action(frame)
        if self._is_draining and not self._streams:
            self._transport.close()

    def _on_data(self, frame: Frame) -> None:
        self._unacknowledged += len(frame.payload)
        if self._unacknowledged >= _ACKNOWLEDGE_BYTES:
            self._transport.write(http2.window_update(0, self._unacknowledged))
            self._unacknowledged = 0
        stream = self._streams.get(frame.stream)
        if stream is None:
            return
        if not stream.body:
            stream.body = frame.content
        else:
            if isinstance(stream.body, bytes):
                stream.body = bytearray(stream.body)
            stream.body += frame.content
        if frame.flags & http2.END_STREAM:
            self._end(frame.stream)

    def _on_headers(self, frame: Frame) -> None:
        first, block = self._block or (frame, b"")
        block += frame.content
        if not frame.flags & http2.END_HEADERS:
            self._block = first, block
            return
        self._block = None
        try:
            headers = self._reply_headers.read(block)
        except HPACKError as error:
            raise InternalError(f"{self._dial.address} sent headers that cannot be read: {error}.") from error
        stream = self._streams.get(first.stream)
        if stream is not None:
            stream.headers = {**stream.headers, **headers} if stream.headers else headers
            if first.flags & http2.END_STREAM:
                self._end(first.stream)

    def _on_reset(self, frame: Frame) -> None:
        stream = self._streams.pop(frame.stream, None)
        if stream is not None:
            self._window.forget(frame.stream)
            reason = int.from_bytes(frame.payload[:4], "big")
            if reason == _REFUSED and not self._is_draining:
                self._begin(stream.call, stream.request)  # The server has not looked at it: gRPC's clients do the same.
                return
            code = _CODE_OF_RESET.get(reason, Code.INTERNAL)
            stream.call.error = error_for(code, f"{self._dial.address} broke off the call (HTTP/2 error {reason}).")
            self._ended.append(stream.call)

    def _on_settings(self, frame: Frame) -> None:
        if frame.flags & http2.ACK:
            return
        values = http2.parse_settings(frame.payload)
        if http2.HEADER_TABLE_SIZE in values:
            self._request_headers.set_table_size(values[http2.HEADER_TABLE_SIZE])
        self._max_streams = values.get(http2.MAX_CONCURRENT_STREAMS, max(self._max_streams, self.capacity))
        self._window.max_frame_size = values.get(http2.MAX_FRAME_SIZE, self._window.max_frame_size)
        if http2.INITIAL_WINDOW_SIZE in values:
            self._window.set_initial(values[http2.INITIAL_WINDOW_SIZE])
        self._transport.write(http2.frame(http2.SETTINGS, http2.ACK, 0) + self._window.released())

    def _on_ping(self, frame: Frame) -> None:
        if not frame.flags & http2.ACK:
            self._transport.write(http2.frame(http2.PING, http2.ACK, 0, frame.payload))

    def _on_window_update(self, frame: Frame) -> None:
        self._window.grow(frame.stream, http2.parse_size(frame.payload))
        released = self._window.released()
        if released:
            self._transport.write(released)

    def _on_goaway(self, frame: Frame) -> None:
        self._is_draining = True
        last = http2.parse_size(frame.payload)
        for number in [number for number in self._streams if number > last]:
            call = self._streams.pop(number).call
            call.error = self._lost()
            self._ended.append(call)

    def _end(self, number: int) -> None:
        stream = self._streams.pop(number)
        self._window.forget(number)
        stream.call.reply = stream
        self._ended.append(stream.call)

    def _fail(self, error: TfsctlError) -> None:
        self._transport.close()
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            if stream.call.error is None:
                stream.call.error = error
                self._ended.append(stream.call)

    def _message(self, body: bytes) -> bytes:
        if len(body) < _HEAD.size or len(body) != _HEAD.size + _HEAD.unpack_from(body)[1]:
            raise InternalError(f"{self._dial.address} sent a message that is broken off.")
        if not body[0]:
            return body[_HEAD.size :]
        try:
            return gzip.decompress(body[_HEAD.size :])
        except (OSError, EOFError, zlib.error) as error:
            raise InternalError(f"{self._dial.address} sent a message that cannot be unpacked: {error}.") from error
