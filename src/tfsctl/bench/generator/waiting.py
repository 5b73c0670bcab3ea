"""Wait for sockets until a moment: with less Python around it than `selectors` has, and to less than a millisecond."""

from __future__ import annotations

import contextlib
import ctypes
import select
import selectors
import socket
import sys
from typing import Protocol

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_PR_SET_TIMERSLACK = 29
# select() takes no descriptors from here on.
_MAX_DESCRIPTOR = 1024


class Waiter(Protocol):
    """Tells which sockets are ready, and whose they are. Close it."""

    def watch(self, connection: socket.socket, mask: int, owner: object) -> None:
        """From now on look whether it is ready to be read or written, as `mask` says."""

    def forget(self, connection: socket.socket) -> None:
        """Look no more; before the socket is closed."""

    def wait(self, seconds: float, *, precisely: bool) -> list[tuple[object, int]]:
        """The owners of what is ready, at once or within `seconds`, and for what.

        On Linux that may be a millisecond more, unless it is done precisely, which takes twice as long when it is over
        at once.
        """

    def close(self) -> None:
        """Look at nothing any more."""


class SelectorWaiter:
    """A `Waiter` for any system."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, connection: socket.socket, mask: int, owner: object) -> None:
        """See `Waiter.watch`."""
        try:
            self._selector.modify(connection, mask, owner)
        except KeyError:
            self._selector.register(connection, mask, owner)

    def forget(self, connection: socket.socket) -> None:
        """See `Waiter.forget`."""
        self._selector.unregister(connection)

    def wait(self, seconds: float, *, precisely: bool) -> list[tuple[object, int]]:
        """See `Waiter.wait`."""
        del precisely  # It is, where it is not Linux.
        return [(key.data, mask) for key, mask in self._selector.select(max(0.0, seconds))]

    def close(self) -> None:
        """See `Waiter.close`."""
        self._selector.close()


class EpollWaiter:
    """The same with Linux's own."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._owners: dict[int, object] = {}
        descriptor = self._epoll.fileno()
        self._can_be_precise = descriptor < _MAX_DESCRIPTOR

    def watch(self, connection: socket.socket, mask: int, owner: object) -> None:
        """See `Waiter.watch`."""
        descriptor = connection.fileno()
        events = (select.EPOLLIN if mask & READ else 0) | (select.EPOLLOUT if mask & WRITE else 0)
        if descriptor in self._owners:
            self._epoll.modify(descriptor, events)
        else:
            self._epoll.register(descriptor, events)
        self._owners[descriptor] = owner

    def forget(self, connection: socket.socket) -> None:
        """See `Waiter.forget`."""
        del self._owners[connection.fileno()]
        self._epoll.unregister(connection.fileno())

    def wait(self, seconds: float, *, precisely: bool) -> list[tuple[object, int]]:
        """See `Waiter.wait`. epoll counts in milliseconds, select() in microseconds, and can wait for an epoll."""
        if precisely and self._can_be_precise and seconds > 0:
            select.select((self._epoll,), (), (), seconds)
            seconds = 0
        owners = self._owners
        return [(owners[descriptor], _mask(events)) for descriptor, events in self._epoll.poll(max(0.0, seconds))]

    def close(self) -> None:
        """See `Waiter.close`."""
        self._epoll.close()


def open_waiter() -> Waiter:
    """The best that this system has."""
    _set_timer_slack()
    return EpollWaiter() if hasattr(select, "epoll") else SelectorWaiter()


def _mask(events: int) -> int:
    """What goes wrong shows when one reads or writes."""
    if events == select.EPOLLIN:
        return READ
    return (READ if events & ~select.EPOLLOUT else 0) | (WRITE if events & ~select.EPOLLIN else 0)


def _set_timer_slack() -> None:
    """Linux wakes a thread up to 50 microseconds late, to save power, unless it asks for better."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
