"""The time between leaving service and being unloaded."""

from __future__ import annotations

import gc
import logging
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfsctl.core.inbox import Inbox
    from tfsctl.core.loader_harness import LoaderHarness

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

_PATIENCE_SECONDS = 1.0
_MAX_PATIENCE_SECONDS = 60.0
_PATIENCE_AT_STOP_SECONDS = 0.1


class Quiescence(Generic[T]):
    """Waits for the last handle to each servable that was taken out of service. Holds up nobody meanwhile.

    Reference counting tells at once when a request lets go. But a handle can also sit in a reference cycle, say in
    the traceback of a failed request, which the garbage collector may not look at for hours: so it is run after
    a second of waiting, then after two more, four more, at last every minute, while anything waits.

    All methods are called, and `on_released` is called back, in the thread that owns `inbox`.
    """

    def __init__(self, inbox: Inbox, on_released: Callable[[LoaderHarness[T]], None]) -> None:
        self._inbox = inbox
        self._on_released = on_released
        self._waiting: set[LoaderHarness[T]] = set()
        self._is_collecting = False

    def enter(self, harness: LoaderHarness[T]) -> None:
        """Let go of the handle of one that is UNLOAD_REQUESTED; it is UNLOADING when `on_released` gets it."""
        self._waiting.add(harness)
        harness.quiesce(partial(self._inbox.post, partial(self._leave, harness)))
        if not self._is_collecting:
            self._is_collecting = True
            self._collect_later(_PATIENCE_SECONDS)

    def hurry(self) -> None:
        """Run the garbage collector almost at once: a pause hurts nobody any more."""
        self._collect_later(_PATIENCE_AT_STOP_SECONDS)

    def _leave(self, harness: LoaderHarness[T]) -> None:
        self._waiting.remove(harness)
        harness.begin_unload()
        self._on_released(harness)

    def _collect_later(self, seconds: float) -> None:
        self._inbox.call_later(seconds, partial(self._collect, seconds))

    def _collect(self, patience_seconds: float) -> None:
        if not self._waiting:
            self._is_collecting = False
            return
        _LOG.debug("%d servables still in use; collecting garbage", len(self._waiting))
        gc.collect()
        self._collect_later(min(2 * patience_seconds, _MAX_PATIENCE_SECONDS))
