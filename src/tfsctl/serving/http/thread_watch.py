"""How long a thread was busy by its own doing, and not because the machine was."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    _WHO = None
else:
    import resource

    # Linux alone counts for each thread.
    _WHO: int | None = getattr(resource, "RUSAGE_THREAD", None)


class ThreadWatch:
    """Started when it is made, read once, in the same thread.

    On a machine with more to do than it can, a thread is stopped in the middle of anything, for many milliseconds.
    That is not the fault of what it was doing, and the system tells it apart: a thread that waits gives up its place of
    its own will, one that is stopped does not.
    """

    def __init__(self) -> None:
        self._before = None if _WHO is None else resource.getrusage(_WHO)

    def own_seconds(self, seconds: float) -> float:
        """Of `seconds` that have passed, those that the thread computed; all of them if it waited for something."""
        if self._before is None or _WHO is None:
            return seconds
        before, after = self._before, resource.getrusage(_WHO)
        if after.ru_nvcsw != before.ru_nvcsw:
            return seconds
        computed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return min(seconds, computed)
