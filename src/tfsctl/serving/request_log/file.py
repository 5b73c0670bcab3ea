"""A file that records are added to, and that stays readable whatever happens to the disk or the process."""

from __future__ import annotations

import errno
import logging
import os
import stat
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tfsctl.errors import Code, DataLossError
from tfsctl.tf_record import TfRecordWriter

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOGGER = logging.getLogger("tfsctl.serving")

# No fault of the configuration: a log may start that way.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT
if sys.platform == "win32":
    _FLAGS |= os.O_BINARY | os.O_NOINHERIT
else:
    _FLAGS |= os.O_CLOEXEC | os.O_NONBLOCK
_MAX_NUMBER = 1000
RETRY_SECONDS = 10.0


class RequestLogFile:
    """Adds records to the TFRecord file at `path`, or at `path.1`, `path.2` … where that one is not to be had.

    It is not to be had while another process, or another server in this one, writes it, or if it holds something else.
    What is there stays, but for a last record that was cut off. A write that fails, on a full disk for example, leaves
    nothing behind; the log then stops, and is tried again after `retry_seconds`; each of the two is one line in the
    server's log. A file that is renamed or removed is followed by a new one. Thread-safe.
    """

    def __init__(self, path: Path, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self.path = path
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._open_path = path  # With its number, while open.
        self._problem = Code.OK
        self._retry_at = 0.0

    def open(self) -> None:
        """Open the file now, unless it is open, so that whoever names it hears of mistakes.

        Raises OSError if that cannot be; a full disk is no mistake, and stops the log.
        """
        with self._lock:
            try:
                self._open()
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                self._stop(error)

    def problem(self) -> Code:
        """OK, or while the log is stopped and no try is due, the code of what stopped it. Takes no lock."""
        return self._problem if self._problem and time.monotonic() < self._retry_at else Code.OK

    def write(self, records: bytes) -> Code:
        """Add whole records, all or none; returns OK or the code of what went wrong."""
        with self._lock:
            try:
                self._follow_renaming()
                _write_all_or_nothing(self._open(), records)
            except OSError as error:
                self._stop(error)
            else:
                self._go_on()
            return self._problem

    def close(self) -> None:
        """Let go of the file; `write` opens it again."""
        with self._lock:
            self._close()

    def _open(self) -> int:
        if self._fd is None:
            self._open_path, self._fd = _open_first_free(self.path)
            if self._open_path != self.path:
                _LOGGER.warning(
                    "%s is in use, or is no TFRecord file: requests are logged to %s", self.path, self._open_path
                )
        return self._fd

    def _follow_renaming(self) -> None:
        """Close a file that has not its name any more."""
        if self._fd is None:
            return
        ours = os.fstat(self._fd)
        try:
            now = self._open_path.stat()
        except FileNotFoundError:
            self._close()
            return
        if (ours.st_dev, ours.st_ino) != (now.st_dev, now.st_ino):
            self._close()

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _stop(self, error: OSError) -> None:
        if self._problem is Code.OK:
            _LOGGER.error(
                "The request log %s stops: %s. Requests are answered as before; it is tried again every %g s",
                self._open_path,
                error.strerror,
                self._retry_seconds,
            )
        self._problem = Code.RESOURCE_EXHAUSTED if error.errno in _FULL else Code.UNAVAILABLE
        self._retry_at = time.monotonic() + self._retry_seconds

    def _go_on(self) -> None:
        if self._problem is not Code.OK:
            _LOGGER.warning("The request log %s goes on", self._open_path)
            self._problem = Code.OK


def _open_first_free(path: Path) -> tuple[Path, int]:
    """The first of `path`, `path.1` … that can be extended, open and locked. Raises OSError if there is none."""
    for number in range(_MAX_NUMBER):
        candidate = path.with_name(f"{path.name}.{number}") if number else path
        fd = os.open(candidate, _FLAGS, 0o644)
        try:
            if _is_ours_to_extend(candidate, fd):
                return candidate, fd
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def _is_ours_to_extend(path: Path, fd: int) -> bool:
    """Lock the file, and cut off a record that was begun; False where another writes it or it is no TFRecord file."""
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        return True  # A device: nothing to lock or to cut.
    if not _could_lock(fd):
        return False
    try:
        TfRecordWriter(path, append=True).close()
    except DataLossError:
        return False
    return True


def _could_lock(fd: int) -> bool:
    """Take the file for this process; False where another has it."""
    try:
        if sys.platform == "win32":
            # A locked byte cannot be read by others there: take one that no record ever reaches.
            os.lseek(fd, 2**62, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # Windows says the latter.
        return False
    return True


def _write_all_or_nothing(fd: int, data: bytes) -> None:
    size = os.fstat(fd).st_size
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(fd, size)
        raise
