"""Versions that did not load, and whether they are worth another try.

A version should appear complete: on a disk it can be renamed. But many are copied into their place, and nothing can be
renamed on an object store: a version appears with its first file, and may long have failed when the last one is there.
So a version that failed is given a new life once its files are others than those that failed, and nobody writes them
any more. TF Serving, whose retries take minutes, would have met the finished copy (tensorflow-serving.md §3.5).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Hashable, Sequence

from tfsctl.core import Location, ManagerState, ServableId, ServableState, StoragePath
from tfsctl.errors import Code, TfsctlError

_LOGGER = logging.getLogger("tfsctl.serving")

# Looking may take no more than one part in so many of the time, however many files there are, or slow the disk is.
_PARTS = 20

Files = Hashable
"""What a version consists of at one moment: equal where nobody has written in between."""


class FailedVersions:
    """What is at its END with an error, and with which files. Thread-safe.

    `list_files` lists those of a version, and is asked about versions that failed and no others; it raises OSError or
    TfsctlError where nothing can be known. `try_again` gives a version a new life; it returns at once, and nothing
    happens if the version is not wanted any more. `clock` is in seconds.
    """

    def __init__(
        self,
        list_files: Callable[[Location], Files],
        *,
        try_again: Callable[[str, StoragePath], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._list_files = list_files
        self._try_again = try_again
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: dict[ServableId, Files] = {}  # What was last tried to be loaded, while it is not loaded.
        self._failures: dict[ServableId, _Failure] = {}

    def note_attempt(self, servable_id: ServableId, location: Location, files: Files) -> None:
        """A version with these files is being loaded. None: whatever becomes of it, they are not to blame."""
        with self._lock:
            self._attempts[servable_id] = None if files is None else (location, files)

    def on_state(self, state: ServableState) -> None:
        """Take note of a state of a version. A subscriber of the bus."""
        if state.state not in _DECISIVE:
            return
        with self._lock:
            self._failures.pop(state.id, None)
            tried = self._attempts.pop(state.id, _UNKNOWN)
            if state.state is ManagerState.END and state.error is not None and state.error.code is not Code.CANCELLED:
                self._failures[state.id] = _Failure(tried)

    def keep(self, name: str, versions: Collection[int]) -> None:
        """Forget all versions of `name` but these."""
        if self._failures:
            with self._lock:
                for known in [one for one in self._failures if one.name == name and one.version not in versions]:
                    del self._failures[known]

    def look(self, name: str, storage_paths: Sequence[StoragePath]) -> None:
        """Once for every poll of a servable: compare the files of its failed versions, and try again what has changed.

        May block.
        """
        if not self._failures:  # Nearly always.
            return
        for found in storage_paths:
            servable_id = ServableId(name, found.version)
            failure = self._failures.get(servable_id)
            if failure is not None and self._has_changed(failure, found):
                self._begin_anew(servable_id, failure, found)

    def _has_changed(self, failure: _Failure, found: StoragePath) -> bool:
        start = self._clock()
        if start < failure.next_look:
            return False
        try:
            return failure.has_changed((found.path, self._list_files(found.path)))
        except (OSError, TfsctlError):  # Nothing is known of it now.
            return False
        finally:
            end = self._clock()
            failure.next_look = end + (_PARTS - 1) * (end - start)

    def _begin_anew(self, servable_id: ServableId, failure: _Failure, found: StoragePath) -> None:
        with self._lock:
            if self._failures.get(servable_id) is not failure:
                return  # It has gone on meanwhile.
            del self._failures[servable_id]
        _LOGGER.info("Trying %s again: its files have changed", servable_id)
        self._try_again(servable_id.name, found)


_UNKNOWN = object()
_DECISIVE = {ManagerState.START, ManagerState.AVAILABLE, ManagerState.END}


class _Failure:
    """One version that failed, from poll to poll. Used by one poll at a time.

    `failed` are the location and files that failed; None if they are not to blame, `_UNKNOWN` if they were not listed:
    then the first to be seen count as those.

    Attributes:
        next_look: When its files may be listed again, by the clock.
    """

    def __init__(self, failed: Files) -> None:
        self.next_look = float("-inf")
        self._failed = failed
        self._seen = failed  # At the poll before.

    def has_changed(self, now: Files) -> bool:
        """Whether `now` are others than those that failed, and the same as at the poll before."""
        if self._failed is _UNKNOWN:
            self._failed = now
        before, self._seen = self._seen, now
        return now == before and now != self._failed
