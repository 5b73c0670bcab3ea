"""Carries out loads and unloads in threads, so that the manager's own thread never blocks."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from tfsctl.core.loader_harness import HarnessState, LoaderHarness
from tfsctl.core.waiting_line import WaitingLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfsctl.core.inbox import Inbox

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class ServableWork(Generic[T]):
    """Loads and unloads servables: at most `num_load_threads` loads and `num_unload_threads` unloads at once.

    Every load and unload runs in a daemon thread of its own that ends with it. 0 threads means one at a time, as 1
    does: TF Serving's 0 works in the manager's thread, where a load that is being retried stops all others
    (tensorflow-serving.md §14). Here the wait between two attempts is a timer and takes no thread.

    The first wave of loads may use `num_initial_load_threads`: until for the first time no load runs or waits for a
    thread.

    Methods are called, and `on_change` is called back, in the thread that owns `inbox`; `on_change` comes after every
    change of a harness that a thread's work caused.
    """

    def __init__(
        self,
        inbox: Inbox,
        on_change: Callable[[LoaderHarness[T]], None],
        *,
        num_load_threads: int,
        num_unload_threads: int,
        num_initial_load_threads: int,
    ) -> None:
        self._inbox = inbox
        self._on_change = on_change
        self._num_load_threads = max(1, num_load_threads)
        self._num_initial_load_threads = max(1, num_initial_load_threads, num_load_threads)
        self._loads: WaitingLine[LoaderHarness[T]] = WaitingLine(self._num_initial_load_threads)
        self._unloads: WaitingLine[LoaderHarness[T]] = WaitingLine(max(1, num_unload_threads))

    def load(self, harness: LoaderHarness[T]) -> None:
        """Load it as soon as there is a thread; it is LOAD_REQUESTED, or LOADING if a retry is due."""
        self._loads.push(harness)
        self._start_loads()

    def cancel(self, harness: LoaderHarness[T]) -> None:
        """Load it no more. It has finished when this returns, unless an attempt is running."""
        self._loads.withdraw(harness)
        harness.cancel_load()

    def unload(self, harness: LoaderHarness[T]) -> None:
        """Unload it as soon as there is a thread; it is UNLOADING."""
        self._unloads.push(harness)
        self._start_unloads()

    def hurry_unloads(self) -> None:
        """From now on unload as many at once as the first wave loaded."""
        self._unloads.max_num_running = max(self._unloads.max_num_running, self._num_initial_load_threads)
        self._start_unloads()

    def _start_loads(self) -> None:
        while (harness := self._loads.pop()) is not None:
            if harness.begin_attempt():
                self._on_change(harness)
            self._run_in_thread(harness, harness.attempt_load, self._finish_load)

    def _finish_load(self, harness: LoaderHarness[T]) -> None:
        self._loads.come_back()
        if self._loads.is_idle:
            self._loads.max_num_running = self._num_load_threads
        retry_seconds = harness.conclude_load()
        if retry_seconds is not None:
            _LOG.warning("Loading %s failed, next attempt in %g s: %s", harness.id, retry_seconds, harness.error)
            self._inbox.call_later(retry_seconds, partial(self._retry, harness))
        if harness.state is HarnessState.UNLOADING:
            self.unload(harness)
        else:
            self._on_change(harness)
        self._start_loads()

    def _retry(self, harness: LoaderHarness[T]) -> None:
        if not harness.is_finished:  # It may have been cancelled meanwhile.
            self.load(harness)

    def _start_unloads(self) -> None:
        while (harness := self._unloads.pop()) is not None:
            self._run_in_thread(harness, harness.run_unload, self._finish_unload)

    def _finish_unload(self, harness: LoaderHarness[T]) -> None:
        self._unloads.come_back()
        harness.conclude_unload()
        self._on_change(harness)
        self._start_unloads()

    def _run_in_thread(
        self, harness: LoaderHarness[T], work: Callable[[], None], finish: Callable[[LoaderHarness[T]], None]
    ) -> None:
        def run() -> None:
            work()
            self._inbox.post(partial(finish, harness))

        try:
            threading.Thread(target=run, name=f"tfsctl-{work.__name__}-{harness.id}", daemon=True).start()
        except RuntimeError:  # The system gives no more threads: slow is better than never.
            _LOG.warning("No thread could be started for %s", harness.id)
            run()
