"""End servers: they are asked to finish what runs, and killed if that takes too long."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable

import psutil

from tfsctl.background.server_entry import ServerEntry
from tfsctl.background.state_directory import StateDirectory
from tfsctl.errors import PermissionDeniedError

_WAKE_SECONDS = 0.05
_KILLED_SECONDS = 10.0


def stop(
    entry: ServerEntry,
    *,
    timeout_seconds: float,
    on_kill: Callable[[], None] = lambda: None,
    state: StateDirectory | None = None,
) -> bool:
    """Have a server finish what runs and end, and forget it; False where it had ended before.

    After `timeout_seconds` it is killed, and `on_kill` called. Only the process that was started is touched, never
    another that has got its number. Raises PermissionDeniedError where the system does not let us.
    """
    was_alive = entry.is_alive
    if was_alive:
        _end(entry, timeout_seconds, on_kill)
    (state or StateDirectory()).remove(entry)
    return was_alive


def _end(entry: ServerEntry, timeout_seconds: float, on_kill: Callable[[], None]) -> None:
    try:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(entry.pid)
            if not entry.is_alive:
                return
            process.terminate()
            if has_ended(entry, timeout_seconds=timeout_seconds):
                return
            on_kill()
            process.kill()  # psutil looks once more whether it is the same process.
            has_ended(entry, timeout_seconds=_KILLED_SECONDS)
    except psutil.AccessDenied as error:
        raise PermissionDeniedError(f"Not allowed to end {entry.name} (pid {entry.pid}).") from error


def has_ended(entry: ServerEntry, *, timeout_seconds: float) -> bool:
    """Wait until a server's process has ended; returns whether it has."""
    deadline = time.monotonic() + timeout_seconds
    while entry.is_alive:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_WAKE_SECONDS)  # It is no child of ours: there is nothing to wait for but time.
    return True


def end_process(process: subprocess.Popen[str]) -> None:
    """End a server of our own that is not wanted after all, and wait for that."""
    with process:  # Closes the pipe.
        process.terminate()
        try:
            process.wait(_KILLED_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
