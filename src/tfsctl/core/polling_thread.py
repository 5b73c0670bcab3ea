"""A thread that does something now and then."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class PollingThread:
    """Calls `poll` at once, every `wait_seconds` (0: no more by itself), and whenever it is woken.

    It ends when `poll` returns False. A daemon: it may hang in a file system, and must not keep the process.
    """

    def __init__(self, poll: Callable[[], bool], *, name: str, wait_seconds: float) -> None:
        self._poll = poll
        self._wait_seconds = wait_seconds
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Once."""
        self._thread.start()

    def wake(self) -> None:
        """Call `poll` soon, even if it is running now. From any thread."""
        self._wake.set()

    def join(self, timeout_seconds: float) -> None:
        """Wait for its end, unless called from `poll` itself."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        self._wake.clear()  # Before looking at what it announces, so that nothing is missed.
        while self._poll():
            self._wake.wait(self._wait_seconds or None)
            self._wake.clear()
