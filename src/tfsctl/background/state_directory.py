"""Where servers in the background are written down: one file each, and its log beside it."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

from tfsctl.background.server_entry import ServerEntry, ServerState, read_entry
from tfsctl.disk import disk_errors, replacing
from tfsctl.errors import UnavailableError, UsageError
from tfsctl.user_state import state_path

# How long a server that ended without being asked to is remembered, for somebody to read its log.
_REMEMBERED_SECONDS = 7 * 24 * 3600.0
_LOCK_SECONDS = 10.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class StateDirectory:
    """The files of all servers of one user. Several processes may use it at once.

    The default is `servers/` in the user's state directory, or in the directory that TFSCTL_STATE_DIR names.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_path("servers")

    def entries(self) -> tuple[ServerEntry, ...]:
        """All servers by name, those that have exited too. A file that is no entry is passed over."""
        found = (self._read(file) for file in self.path.glob("*.json"))
        return tuple(sorted((entry for entry in found if entry is not None), key=lambda entry: entry.name))

    def entry(self, name: str) -> ServerEntry | None:
        """One server; None if there is none of that name."""
        return self._read(self._file(name)) if _NAME.fullmatch(name) else None

    def write(self, entry: ServerEntry) -> None:
        """Put an entry in place of the one of the same name, at once or not at all; raises as `disk_errors` does."""
        with replacing(self._file(entry.name)) as temporary:
            temporary.write_text(entry.to_json(), encoding="utf-8")
            temporary.chmod(0o600)

    def remove(self, entry: ServerEntry) -> None:
        """Forget a server and delete its log, unless another one has got its name meanwhile."""
        current = self.entry(entry.name)
        if current is not None and (current.pid, current.birth) != (entry.pid, entry.birth):
            return
        for file in (self._file(entry.name), entry.log):
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Remove what has exited a week ago."""
        oldest = time.time() - _REMEMBERED_SECONDS
        for entry in self.entries():
            if entry.state() is ServerState.EXITED and self._last_change(entry) < oldest:
                self.remove(entry)

    def log_of(self, name: str) -> Path:
        """Where the log of a server of that name is written."""
        return self.path / f"{name}.log"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from taking names; for a moment only.

        Raises UnavailableError where another process does not let go, and as `disk_errors` does.
        """
        from filelock import FileLock, Timeout

        with disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(self.path / "lock", timeout=_LOCK_SECONDS)
            try:
                lock.acquire()
            except Timeout as error:
                raise UnavailableError(f"Another process holds {lock.lock_file} and does not let go.") from error
        try:
            yield
        finally:
            lock.release()

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.json"

    def _read(self, file: Path) -> ServerEntry | None:
        try:
            entry = read_entry(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return entry if entry.name == file.stem else None

    def _last_change(self, entry: ServerEntry) -> float:
        files = (self._file(entry.name), entry.log)
        return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def check_name(name: str) -> None:
    """Raise UsageError for what cannot be a server's name: it is a file's name too."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot be a server's name.", hint="Letters, digits, '-', '_' and '.' are fine.")


def to_name(text: str) -> str:
    """A name that can be one, made of any text."""
    return re.sub(r"^[^A-Za-z0-9]+", "", re.sub(r"[^A-Za-z0-9_.-]+", "-", text))[:60] or "tfsctl"
