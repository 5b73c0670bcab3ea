"""What the connections of one HTTP server share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Protocol

from tfsctl.serving.http.compression import MAX_BYTES_IN_LOOP, MIN_COMPRESSED_BYTES, compressed
from tfsctl.serving.http.dispatch import Dispatcher
from tfsctl.serving.http.limits import HttpLimits
from tfsctl.serving.http.pages import html_page
from tfsctl.serving.http.reply import ReplyEncoder, RestReply
from tfsctl.serving.http.request import RequestHead, head_parser
from tfsctl.serving.http.thread_watch import ThreadWatch
from tfsctl.serving.http.workers import WorkerThreads

Handle = Callable[[str, str, Mapping[str, str], bytes], RestReply]

# How often connections are looked through for those whose time is over; more often where times are short.
_MAX_SWEEP_SECONDS = 1.0

_logger = logging.getLogger(__name__)


class Connection(Protocol):
    """What the engine asks of a connection."""

    deadline: float

    def abort(self) -> None:
        """End at once."""
        ...

    def drain(self) -> None:
        """End after the request that is under way, or soon if there is none."""
        ...


class AskingConnection(Connection, Protocol):
    """A connection that has requests."""

    def end_answer(self, head: RequestHead, reply: RestReply) -> None:
        """Send the answer that a worker has given."""
        ...


class HttpEngine:
    """The shared parts, and the connections there are. All but the workers' part belongs to the event loop's thread."""

    def __init__(
        self,
        handle: Handle,
        *,
        loop: asyncio.AbstractEventLoop,
        workers: WorkerThreads,
        limits: HttpLimits,
        dispatcher: Dispatcher | None = None,
    ) -> None:
        self.handle = handle  # May be exchanged at any time, by any thread.
        self.loop = loop
        self.workers = workers
        self.limits = limits
        self.dispatcher = dispatcher or Dispatcher()
        self.encoder = ReplyEncoder()
        self.parse_head = head_parser()
        self.is_draining = False
        self._connections: set[Connection] = set()
        self._when_empty: Callable[[], None] | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._sweep_seconds = min(_MAX_SWEEP_SECONDS, limits.shortest_timeout_seconds / 2)

    def answer(self, head: RequestHead, body: bytes, connection: AskingConnection) -> RestReply | None:
        """Have a request answered. None says that a worker is at it; then `connection.end_answer` is called."""
        cost = None if head.is_encoded else self.dispatcher.in_loop(head.target, len(body))
        if cost is None:
            self.workers.submit(partial(self._work, head, body, connection))
            return None
        watch = ThreadWatch() if cost.num_watched else None
        start = perf_counter()
        try:  # As `_ask`, without the call.
            reply = self.handle(head.method, head.target, head.headers, body)
        except Exception as error:  # noqa: BLE001 (it is logged)
            reply = _failed(head, error)
        is_large = False
        if head.takes_gzip and (size := len(reply.body)) >= MIN_COMPRESSED_BYTES:
            is_large = size > MAX_BYTES_IN_LOOP
            reply = reply if is_large else compressed(reply)
        now = perf_counter()
        seconds = now - start
        cost.ran_in_loop(seconds if watch is None else watch.own_seconds(seconds), now)
        if is_large:
            self.workers.submit(partial(self._compress, head, reply, connection))
            return None
        return reply

    def _ask(self, head: RequestHead, body: bytes) -> RestReply:
        """Thread-safe, and never raises."""
        try:
            return self.handle(head.method, head.target, head.headers, body)
        except Exception as error:  # noqa: BLE001 (it is logged)
            return _failed(head, error)

    def _work(self, head: RequestHead, body: bytes, connection: AskingConnection) -> None:
        """Answer one request; runs on a worker."""
        start = perf_counter()
        reply = self._ask(head, body)
        is_telling = reply.status < 400 and reply.is_steady
        if head.takes_gzip and len(reply.body) >= MIN_COMPRESSED_BYTES:
            reply = compressed(reply)
        seconds = perf_counter() - start

        def end() -> None:
            if is_telling:
                self.dispatcher.ran_in_worker(head.target, len(body), seconds, perf_counter())
            connection.end_answer(head, reply)

        self._in_loop(end)

    def _compress(self, head: RequestHead, reply: RestReply, connection: AskingConnection) -> None:
        """The rest of an answer that was made in the loop; runs on a worker."""
        self._in_loop(partial(connection.end_answer, head, compressed(reply)))

    def _in_loop(self, action: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # The loop is closed: the server ended without waiting.
            self.loop.call_soon_threadsafe(action)

    def add(self, connection: Connection) -> None:
        """Look after a new connection: it is aborted when its deadline has passed."""
        self._connections.add(connection)
        if self._sweep is None:
            self._sweep = self.loop.call_later(self._sweep_seconds, self._abort_late)

    def remove(self, connection: Connection) -> None:
        """A connection has ended."""
        self._connections.discard(connection)
        if not self._connections and self._when_empty is not None:
            self._when_empty()

    def drain(self, when_empty: Callable[[], None]) -> None:
        """Let every connection end after its request; call `when_empty` when there is none left."""
        self.is_draining = True
        self._when_empty = when_empty
        for connection in tuple(self._connections):
            connection.drain()
        if not self._connections:
            when_empty()
        self.loop.call_later(self.limits.drain_linger_seconds, self._abort_late)

    def abort_all(self) -> None:
        """End every connection at once."""
        for connection in tuple(self._connections):
            connection.abort()

    def _abort_late(self) -> None:
        now = perf_counter()
        for connection in [each for each in self._connections if each.deadline <= now]:
            connection.abort()
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep = self.loop.call_later(self._sweep_seconds, self._abort_late) if self._connections else None


def _failed(head: RequestHead, error: Exception) -> RestReply:
    _logger.error("%s %s failed", head.method, head.target, exc_info=error)
    return html_page(500)
