"""Versions on stores that did not load, and whether they are worth another try.

On a disk a version appears complete: it is renamed. Nothing can be renamed on an object store: a version appears with
its first file, and may long have failed when the last one is there. So a version that failed is given a new life
once its files are others than those that failed, and nobody writes them any more.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from tfsctl.core import Location, child
from tfsctl.errors import TfsctlError
from tfsctl.serving.remote.file import RemoteFile

_LOGGER = logging.getLogger("tfsctl.serving")

# A new life that has not begun after so many polls was not noticed, and is called for again.
_PATIENCE_POLLS = 10

Files = tuple[RemoteFile, ...]


class FailedVersions:
    """What failed for good, by URI. Thread-safe. `list_files` asks the store, about those that failed and no others."""

    def __init__(self, list_files: Callable[[str], Files]) -> None:
        self._list_files = list_files
        self._failures: dict[str, _Failure] = {}
        self._lock = threading.Lock()

    def note_failure(self, uri: str, files: Files) -> None:
        """A version with these files failed, and is not tried again. No files: trying again is what is needed."""
        with self._lock:
            self._failures[uri] = _Failure(files)

    def forget(self, uri: str) -> None:
        """A new life of it has begun."""
        with self._lock:
            self._failures.pop(uri, None)

    def without_changed(self, base_path: Location, names: Sequence[str]) -> Sequence[str]:
        """Those of `names` below `base_path` that are to be spoken of, in one poll.

        One that is to be loaded anew is left out once: its old life ends with that, and a new one begins afterwards.
        """
        uris = {str(child(base_path, name)): name for name in names}
        with self._lock:
            gone = [uri for uri in self._failures if uri.rpartition("/")[0] == str(base_path) and uri not in uris]
            for uri in gone:
                del self._failures[uri]
            failures = {uri: self._failures[uri] for uri in uris if uri in self._failures}
        changed = {uri for uri, failure in failures.items() if self._is_to_be_left_out(uri, failure)}
        return [name for uri, name in uris.items() if uri not in changed] if changed else names

    def _is_to_be_left_out(self, uri: str, failure: _Failure) -> bool:
        try:
            is_left_out = failure.is_to_be_left_out(self._list_files(uri))
        except TfsctlError:  # Nothing is known of it now.
            return False
        if is_left_out:
            _LOGGER.info("Trying %s again: what it failed with has changed", uri)
        return is_left_out


class _Failure:
    """One version that failed, from poll to poll. Used by one poll at a time."""

    def __init__(self, failed: Files) -> None:
        self._failed = failed
        self._seen = failed  # At the poll before.
        self._num_polls_left = 0  # While a new life is waited for.

    def is_to_be_left_out(self, files: Files) -> bool:
        """Whether `files` are others than those that failed, and the same as at the poll before."""
        before, self._seen = self._seen, files
        if self._num_polls_left > 0:
            self._num_polls_left -= 1
            return False
        if files != before or files == self._failed:
            return False
        self._num_polls_left = _PATIENCE_POLLS
        return True
