"""One HTTP connection: reads requests, has them answered one after the other, writes the answers.

All of it runs in the event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter
from typing import cast

from tfsctl.serving.http.body import BodyReader, ChunkedBody, LengthBody
from tfsctl.serving.http.engine import HttpEngine
from tfsctl.serving.http.pages import html_page
from tfsctl.serving.http.reply import ReplyForm, RestReply
from tfsctl.serving.http.request import MAX_KEPT_HEAD_BYTES, HttpRequestError, RequestHead, parse_head

_HEAD_END = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Reading goes so many steps before other connections get their turn; a request that came whole is one step.
_MAX_STEPS_IN_A_ROW = 8
# How a request is answered that could not be read far enough to say how it wants to be.
_UNREAD_FORM = ReplyForm(keeps_alive=False)
_NEVER = float("inf")

_logger = logging.getLogger(__name__)

# Why the next request is not read yet; several may hold at once.
_ANSWERING = 1  # A worker is at the one before.
_WRITING = 2  # The client does not read its answers.
_WAITING = 4  # It is other connections' turn.


class HttpConnection(asyncio.Protocol):
    """Reads a head, then a body, then waits for the answer, and so on.

    What arrives while a request is being answered is kept, up to a limit, and read afterwards. So answers keep the
    order of their requests, and a client that sends more than it reads is slowed down.
    """

    def __init__(self, engine: HttpEngine) -> None:
        self._engine = engine
        self._transport: asyncio.Transport | None = None
        self._holds = 0
        self._unread = b""
        self._head: RequestHead | None = None
        self._body: BodyReader | None = None
        self._is_in_head = False
        self._is_read_paused = False
        self._is_half_closed = False
        self._is_ending = False
        self.deadline = _NEVER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name.
        self.deadline = perf_counter() + self._engine.limits.idle_timeout_seconds
        self._engine.add(self)
        if self._engine.is_draining:
            self.drain()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature; how it ended is all one)
        """Forget everything; an answer that is still being worked on will not be sent."""
        self._transport = None
        self._is_ending = True
        self._unread, self._head, self._body = b"", None, None
        self._engine.remove(self)

    def data_received(self, data: bytes) -> None:
        """Read requests, or keep the bytes for later."""
        if self._is_ending:
            return
        if self._unread:
            data = self._unread + data
            self._unread = b""
        if self._holds:
            self._keep(data)
        else:
            self._read(data)

    def eof_received(self) -> bool:
        """The client sends no more. It still gets the answers to what it has sent."""
        self._is_half_closed = True
        return bool(self._holds)

    def pause_writing(self) -> None:
        """The client does not read: answer no more until it does."""
        self._holds |= _WRITING
        self.deadline = perf_counter() + self._engine.limits.write_timeout_seconds

    def resume_writing(self) -> None:
        """The client has caught up."""
        if not self._is_ending:
            self.deadline = perf_counter() + self._engine.limits.idle_timeout_seconds
        self._release(_WRITING)

    def abort(self) -> None:
        """End at once, without sending what is unsent."""
        if self._transport is not None:
            self._transport.abort()

    def end_answer(self, head: RequestHead, reply: RestReply) -> None:
        """Send what a worker has answered, and read on."""
        self._send(head, reply)
        self._release(_ANSWERING)

    def drain(self) -> None:
        """End after the request that is under way; where there is none, soon: one may be on its way."""
        if not (self._holds or self._unread or self._body or self._is_ending):
            self.deadline = min(self.deadline, perf_counter() + self._engine.limits.drain_linger_seconds)

    def _read(self, data: bytes) -> None:
        try:
            for _ in range(_MAX_STEPS_IN_A_ROW):
                data = self._step(data)
                if not data or self._holds or self._is_ending:
                    break
            else:
                self._holds |= _WAITING
                self._engine.loop.call_soon(self._release, _WAITING)
        except HttpRequestError as error:
            self._refuse(error.status)
            return
        if data:
            self._keep(data)
        elif self._is_half_closed and not self._holds:
            self._close()

    def _step(self, data: bytes) -> bytes:
        """Read a head, or on in a body, and have the request answered if it is whole. Returns what is left to read."""
        if self._body is not None:
            return self._read_body(self._body, data)
        if data[0] in b"\r\n":
            data = data.lstrip(b"\r\n")  # RFC 9112 §2.2: empty lines before a request are read over.
        end = data.find(_HEAD_END) + len(_HEAD_END)
        if end < len(_HEAD_END):
            return self._keep_head(data)
        if end > self._engine.limits.max_head_bytes:
            raise HttpRequestError(431)
        head = parse_head(data[:end]) if end > MAX_KEPT_HEAD_BYTES else self._engine.parse_head(data[:end])
        self._is_in_head = False
        length = head.content_length
        if 0 <= length <= len(data) - end:
            length += end
            self._begin_answer(head, data[end:length])
            return data[length:]
        return self._begin_body(head, data[end:])

    def _keep_head(self, data: bytes) -> bytes:
        limits = self._engine.limits
        if len(data) > limits.max_head_bytes:
            raise HttpRequestError(431)
        if b"\n\n" in data:
            raise HttpRequestError(400)  # Line ends without CR: the end of this head would never be seen.
        if data and not self._is_in_head:
            self._is_in_head = True
            self.deadline = perf_counter() + limits.head_timeout_seconds
        self._unread = data
        return b""

    def _begin_body(self, head: RequestHead, data: bytes) -> bytes:
        limits = self._engine.limits
        if head.content_length > limits.max_body_bytes:
            raise HttpRequestError(413)
        if head.expects_continue and not data and self._transport is not None:
            self._transport.write(_CONTINUE)
        self._head = head
        is_chunked = head.content_length < 0
        self._body = ChunkedBody(limits.max_body_bytes) if is_chunked else LengthBody(head.content_length)
        self.deadline = perf_counter() + limits.body_timeout_seconds
        return data

    def _read_body(self, reader: BodyReader, data: bytes) -> bytes:
        rest = reader.feed(data)
        if rest is None:
            self.deadline = perf_counter() + self._engine.limits.body_timeout_seconds
            return b""
        assert self._head is not None
        head, self._head, self._body = self._head, None, None
        self._begin_answer(head, reader.take())
        return rest

    def _begin_answer(self, head: RequestHead, body: bytes) -> None:
        reply = self._engine.answer(head, body, self)
        if reply is None:
            self._holds |= _ANSWERING
            self.deadline = _NEVER
        else:
            self._send(head, reply)

    def _send(self, head: RequestHead, reply: RestReply) -> None:
        transport = self._transport
        if transport is None:
            return  # The client has gone.
        engine = self._engine
        self.deadline = perf_counter() + engine.limits.idle_timeout_seconds
        is_kept = head.keeps_alive and not (reply.closes or engine.is_draining)
        try:
            data = engine.encoder.encode(reply, head.form if is_kept else head.closing_form)
        except Exception:
            _logger.exception("%s %s: the answer cannot be written", head.method, head.target)
            self.abort()
            return
        transport.write(data)
        if not is_kept:
            self._close()

    def _refuse(self, status: int) -> None:
        """Answer what cannot be read on, and end so that the client gets to see it.

        Closing at once would reset the connection while the client still sends, and the answer would be lost.
        """
        transport = self._transport
        if transport is None:
            return
        transport.write(self._engine.encoder.encode(html_page(status), _UNREAD_FORM))
        if not transport.can_write_eof() or self._is_half_closed:
            self._close()
            return
        transport.write_eof()
        self._is_ending = True
        self._body = None
        self.deadline = perf_counter() + self._engine.limits.linger_seconds

    def _close(self) -> None:
        """End when all is sent."""
        self._is_ending = True
        self._unread = b""
        self.deadline = perf_counter() + self._engine.limits.write_timeout_seconds
        if self._transport is not None:
            self._transport.close()

    def _keep(self, data: bytes) -> None:
        """Keep bytes for later; beyond the limit the client is not read from until then."""
        self._unread = data
        if len(data) > self._engine.limits.max_pending_bytes and not self._is_read_paused and self._transport:
            self._is_read_paused = True
            self._transport.pause_reading()

    def _release(self, hold: int) -> None:
        """Read on, if nothing else stands in the way."""
        self._holds &= ~hold
        if self._holds or self._is_ending or self._transport is None:
            return
        if self._is_read_paused:
            self._is_read_paused = False
            self._transport.resume_reading()
        data, self._unread = self._unread, b""
        if data:
            self._read(data)
        elif self._is_half_closed:
            self._close()
