"""Run a server until the process is asked to end: SIGTERM and Ctrl-C drain it, a second Ctrl-C leaves at once."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Literal

from tfsctl.errors import CancelledError
from tfsctl.serving.server import Server

_LOGGER = logging.getLogger("tfsctl.serving")

INTERRUPTED = 130  # 128 + SIGINT, as shells count it.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A signal may be delivered to another thread than the one that runs handlers: wake up now and then to let them run.
_WAKE_SECONDS = 0.5

# What may happen: a signal, the end of `start` or `stop`, or an error in it.
_Event = signal.Signals | BaseException | Literal["done"]
_Events = queue.SimpleQueue[_Event]


def run_until_signal(server: Server, *, on_started: Callable[[], None] | None = None) -> int:
    """Start `server` if need be, call `on_started`, and stop it when SIGTERM or SIGINT comes, even while it starts.

    For the main thread of a process that is the server's own: it also takes the objects that are there to stay
    out of the garbage collector's sight, so that collections stay short, and it ends the process where requests still
    run when draining has used up its time. Handlers of signals are put back at the end.

    Returns 0 after an orderly stop, one that another thread asked for included. Raises what `Server.start` raises. A
    second SIGINT ends the process at once, with status 130 and no clean-up.
    """
    events: _Events = queue.SimpleQueue()
    with _handled_signals(events):
        try:
            if _has_started(server, events):
                if on_started is not None:
                    on_started()
                _wait(server, events)
        finally:
            _stop(server)
    return 0


def _has_started(server: Server, events: _Events) -> bool:
    """Start the server; False where a signal came first."""
    if not server.is_started:
        _in_thread(lambda: server.start(before_opening=_freeze_heap), events)
        _wait(None, events)  # A start that fails stops the server before it tells the error: wait for the latter.
    return server.is_started


def _stop(server: Server) -> None:
    if server.wait(0.0):
        return
    _LOGGER.info("Stopping: finishing what is running (Ctrl-C again to leave at once) ...")
    events: _Events = queue.SimpleQueue()
    _in_thread(server.stop, events)
    _wait(None, events)
    if not server.is_drained:
        _LOGGER.warning("Gave up waiting for what is still running.")
        _leave_at_once(0)


@contextlib.contextmanager
def _handled_signals(events: _Events) -> Iterator[None]:
    """Put signals into `events`, whose `put` may be called from a handler; let a second SIGINT end the process."""
    interrupts = 0

    def handle(number: int, _: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += number == signal.SIGINT
        if interrupts > 1:
            _leave_at_once(INTERRUPTED)
        events.put(signal.Signals(number))

    previous = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _in_thread(function: Callable[[], None], events: _Events) -> None:
    """Run `function` beside the main thread, which stays free for signals; its end, or its error, goes to `events`."""

    def run() -> None:
        try:
            with contextlib.suppress(CancelledError):  # Stopped while starting: somebody knows.
                function()
        except BaseException as error:  # noqa: BLE001 (raised again in the main thread)
            events.put(error)
        else:
            events.put("done")

    threading.Thread(target=run, name="server", daemon=True).start()


def _wait(server: Server | None, events: _Events) -> None:
    """Wait for an event, or until `server` has been stopped by somebody else. Raises the event if it is an error."""
    while server is None or not server.wait(0.0):
        with contextlib.suppress(queue.Empty):
            event = events.get(timeout=_WAKE_SECONDS)
            if isinstance(event, BaseException):
                raise event
            return


def _freeze_heap() -> None:
    """Hide what is loaded by now, and stays, from the garbage collector. Once: later versions come and go."""
    gc.collect()
    gc.freeze()
    _return_free_memory()


def _return_free_memory() -> None:
    """Give what starting has freed back to the system, where the C library can: glibc keeps it otherwise."""
    with contextlib.suppress(Exception):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def _leave_at_once(status: int) -> None:
    """End the process without clean-up: sessions may be running, and waiting for them is what takes too long."""
    for stream in (sys.stdout, sys.stderr):
        # A handler may have interrupted a write to the very same stream, or the reader may have gone.
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)
