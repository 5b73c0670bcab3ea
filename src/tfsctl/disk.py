"""Writing to disk so that a file or directory is there complete or not at all, and naming what goes wrong."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tfsctl.errors import (
    FailedPreconditionError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    TfsctlError,
    UnavailableError,
)

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_WRONG_KIND = {errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL}
# Two threads of one process may write the same file.
_serial = itertools.count()


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError inside into the error that says what is wrong with `path`.

    Raises:
        ResourceExhaustedError: the disk or the quota is full, and the message says how much is free; or a file would
            be larger than the process may write.
        PermissionDeniedError: the file system does not allow it.
        NotFoundError: a directory or file on the way is missing.
        FailedPreconditionError: a file stands where a directory should, or the other way round.
        UnavailableError: anything else that the system says.
    """
    try:
        yield
    except OSError as error:
        raise to_disk_error(error, path) from error


def to_disk_error(error: OSError, path: Path) -> TfsctlError:
    """The error that says what an OSError met at `path` means."""
    if error.errno in _FULL:
        return disk_full_error(path)
    if error.errno == errno.EFBIG:
        return file_too_large_error(path)
    where = f"{error.filename or path}: {error.strerror or error}"
    if error.errno in _FORBIDDEN:
        return PermissionDeniedError(where, hint="Check its owner and mode, or choose another place.")
    if error.errno == errno.ENOENT:
        return NotFoundError(where)
    if error.errno in _WRONG_KIND:
        return FailedPreconditionError(where)
    return UnavailableError(where)


def disk_full_error(path: Path) -> ResourceExhaustedError:
    """The error for a disk or quota that ended while `path` was written."""
    free = num_free_bytes(path)
    return ResourceExhaustedError(
        f"No space left to write {path}: {free / 1e6:.1f} MB are free there.",
        hint="Make room, or choose another disk. Nothing was left behind.",
    )


def file_too_large_error(path: Path) -> ResourceExhaustedError:
    """The error for a limit on the size of files that was met while `path` was written."""
    return ResourceExhaustedError(
        f"{path} would need a larger file than this process may write.",
        hint="Raise the limit (ulimit -f). Nothing was left behind.",
    )


def num_free_bytes(path: Path) -> int:
    """Free space on the disk of `path` or, while that is missing, of its nearest parent."""
    there = next((parent for parent in (path, *path.absolute().parents) if parent.exists()), Path("/"))
    return shutil.disk_usage(there).free


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a temporary file to write; it takes the name `path` at success and is gone at any failure.

    The temporary file is in the same directory (made if missing) and has the same suffix. An OSError of the block is
    translated as in `disk_errors`; other exceptions pass.
    """
    temporary = path.with_name(f".tmp-{os.getpid()}-{next(_serial)}-{path.name}")
    with disk_errors(path), making_directory(path.parent):
        try:
            yield temporary
            fsync(temporary)
            temporary.replace(path)
            fsync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def making_directory(path: Path) -> Iterator[None]:
    """Have the directory `path`, with its parents; those that were missing are removed again if the block fails."""
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for directory in missing:
            with suppress(OSError):  # something else has come to be in it
                directory.rmdir()
        raise


def fsync_tree(root: Path) -> None:
    """Have all files and directories below `root` on the disk, and `root` itself; raises OSError."""
    for directory, _, names in os.walk(root):
        for name in names:
            fsync(Path(directory, name))
        fsync(Path(directory))


def fsync(path: Path) -> None:
    """Have one file or directory on the disk; raises OSError, but for what cannot be synced at all."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows does not open directories; the rename is then as durable as it gets.
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # a file system without fsync for this kind of file
            raise
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Delete a file or directory tree as far as the system lets us; never raises OSError."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
