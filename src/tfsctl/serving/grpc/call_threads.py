"""Threads for calls, which know how many calls they have."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

WrapCall = Callable[[Callable[..., Any]], Callable[..., Any]]


class CallThreads(ThreadPoolExecutor):
    """A thread pool that can be waited for. More calls than threads wait in a queue without limit."""

    def __init__(self, num_threads: int, name: str) -> None:
        super().__init__(num_threads, thread_name_prefix=name)
        self._changed = threading.Condition()
        self._num_threads = num_threads
        self._num_calls = 0
        self._last_call = float("-inf")
        self._wrap: WrapCall | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a call on one of the threads."""
        if (wrap := self._wrap) is not None:
            fn = wrap(fn)
        with self._changed:
            self._num_calls += 1
            self._last_call = time.monotonic()
        try:
            future = super().submit(fn, *args, **kwargs)
        except BaseException:
            self._finish(None)
            raise
        future.add_done_callback(self._finish)
        return future

    def wrap_calls(self, wrap: WrapCall | None) -> None:
        """From now on run `wrap(fn)` for each call that comes; None ends that."""
        self._wrap = wrap

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Wait until no call is running or waiting; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._num_calls, timeout_seconds)

    @property
    def num_waiting(self) -> int:
        """How many calls wait for a thread."""
        return max(0, self._num_calls - self._num_threads)

    def seconds_since_last_call(self) -> float:
        """How long ago the last call came in; infinite where there was none."""
        return time.monotonic() - self._last_call

    def _finish(self, _: Future[Any] | None) -> None:
        with self._changed:
            self._num_calls -= 1
            if not self._num_calls:
                self._changed.notify_all()
