"""A directory of the server's own for copies of what lies on stores; gone when the server is."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import IO

from tfsctl.disk import disk_errors, num_free_bytes, remove_tree
from tfsctl.errors import CancelledError, ResourceExhaustedError

_PREFIX = "tfsctl-models-"
_LOCK = "lock"


class LocalCopies:
    """Below the system's directory for temporary files (TMPDIR), made when it is first needed. Thread-safe.

    A server that was killed leaves its directory behind, but not the lock on it: the next one removes it.
    """

    def __init__(self) -> None:
        self._root: Path | None = None
        self._lock_file: IO[bytes] | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def new_directory(self, what: str, *, num_bytes: int) -> Path:
        """An empty directory for `what`, which will take `num_bytes`. Remove it with `remove`.

        Raises ResourceExhaustedError where there is not that much room, CancelledError after `close`, and what
        `disk_errors` raises.
        """
        temporary = Path(tempfile.gettempdir())
        with self._lock, disk_errors(temporary):
            if self._is_closed:
                raise CancelledError("The server is being stopped.")
            if self._root is None:
                _remove_orphans(temporary)
                self._root, self._lock_file = _new_root()
            free = num_free_bytes(self._root)
            if num_bytes > free:
                raise ResourceExhaustedError(
                    f"No space left to copy {what}: it has {num_bytes / 1e6:.1f} MB, and {free / 1e6:.1f} MB are free"
                    f" in {temporary}.",
                    hint="Make room, or set TMPDIR to a directory on a larger disk.",
                )
            return Path(tempfile.mkdtemp(dir=self._root))

    def remove(self, directory: Path) -> None:
        """Remove a copy, as far as the system lets us."""
        remove_tree(directory)

    def close(self) -> None:
        """Remove everything. Idempotent."""
        with self._lock:
            self._is_closed = True
            if self._root is not None:
                remove_tree(self._root)
            if self._lock_file is not None:
                self._lock_file.close()
            self._root = self._lock_file = None


def _new_root() -> tuple[Path, IO[bytes] | None]:
    """A directory that is locked from the moment on at which its lock can be seen."""
    root = Path(tempfile.mkdtemp(prefix=_PREFIX))
    if os.name == "nt":
        return root, None
    making = root / f"{_LOCK}.new"
    file = making.open("wb")
    _try_lock(file)
    making.rename(root / _LOCK)
    return root, file


def _remove_orphans(temporary: Path) -> None:
    """Remove what servers of this user have left behind that are no more."""
    if os.name == "nt":
        return
    for root in temporary.glob(f"{_PREFIX}*"):
        try:
            if root.lstat().st_uid != os.geteuid() or root.is_symlink():
                continue
            with (root / _LOCK).open("rb") as file:
                if _try_lock(file):
                    remove_tree(root)
        except OSError:  # It is being made, or removed, or not ours to touch.
            continue


def _try_lock(file: IO[bytes]) -> bool:
    """Whether the lock could be had; the system gives it back when the file is closed, or its process is gone."""
    import fcntl  # Not on Windows.

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
