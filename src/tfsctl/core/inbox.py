"""The manager's thread does what is put here, one thing after the other."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class Inbox:
    """Calls to make, in the order of their posting, and calls to make at a later time.

    One thread, the owner, runs them; whatever only they touch needs no lock. There is no tick: the owner sleeps until
    something is posted or due.

    A deque and a bare lock, since `post` must work inside a weak reference's callback, which may interrupt anything in
    any thread, `post` itself included: `threading.Event` and `queue.Queue` could deadlock on themselves then. A
    `queue.SimpleQueue` could not, but its `get` with a short timeout can sleep for ever (CPython 3.11).
    """

    def __init__(self) -> None:
        self._posted: deque[Callable[[], None]] = deque()
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        # Held means: nothing new. Whoever posts releases it, the owner takes it.
        self._news = threading.Lock()
        self._news.acquire()

    def post(self, call: Callable[[], None]) -> None:
        """Have the owner make a call soon. From any thread, at any point; never blocks."""
        self._posted.append(call)
        with suppress(RuntimeError):  # Announced already.
            self._news.release()

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Make a call after `seconds`. By the owner only."""
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._order), call))

    def run_until(self, is_finished: Callable[[], bool]) -> None:
        """Make calls until `is_finished`, which is asked before each. A call that raises is logged; the rest go on."""
        while not is_finished():
            self._run_next()

    def _run_next(self) -> None:
        try:
            self._next()()  # Not kept in a variable: the owner may sleep long, and calls hold loaders.
        except Exception:  # noqa: BLE001 (a fault in one step must not stop the manager for all models)
            _LOG.exception("A step of the manager failed")

    def _next(self) -> Callable[[], None]:
        while True:
            seconds = self._later[0][0] - time.monotonic() if self._later else None
            if seconds is not None and seconds <= 0:
                return heapq.heappop(self._later)[2]
            if self._posted:
                return self._posted.popleft()
            self._news.acquire(timeout=-1 if seconds is None else min(seconds, threading.TIMEOUT_MAX))
