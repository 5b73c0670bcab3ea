"""Tells subscribers what happened."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E")

_LOG = logging.getLogger(__name__)


class Subscription:
    """A callback's place on a bus, until `close`."""

    def __init__(self, remove: Callable[[], None]) -> None:
        self._remove = remove

    def close(self) -> None:
        """Ask for no further events. Idempotent. A call that runs in another thread just now may still finish."""
        self._remove()


class EventBus(Generic[E]):
    """Calls every subscriber with every event, in the publisher's thread and in the order of subscription.

    Thread-safe. Events published by one thread arrive in its order. A callback that raises is logged and hurts nobody
    else. A callback must not block: the publisher waits for it. It may publish, subscribe and close.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[E], None]] = {}  # Replaced, never changed: publishers take no lock.

    def subscribe(self, callback: Callable[[E], None]) -> Subscription:
        """Call `callback` with every event from now on."""
        place = object()
        with self._lock:
            self._callbacks = {**self._callbacks, place: callback}
        return Subscription(partial(self._remove, place))

    def publish(self, event: E) -> None:
        """Call every subscriber; returns when all have returned. No lock is held meanwhile."""
        for callback in self._callbacks.values():
            _call(callback, event)

    def _remove(self, place: object) -> None:
        with self._lock:
            self._callbacks = {key: callback for key, callback in self._callbacks.items() if key is not place}


def _call(callback: Callable[[E], None], event: E) -> None:
    try:
        callback(event)
    except Exception:  # noqa: BLE001 (one subscriber's fault must reach neither the publisher nor the others)
        _LOG.exception("A subscriber failed on %s", event)
