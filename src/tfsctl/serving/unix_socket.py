"""UNIX sockets that a server listens on: the files they are in the file system.

Who may connect is what the file's permissions say: whoever may write to it. They come from the process's umask.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path

from tfsctl.errors import ServerStartError

_BACKLOG = 1024
# The system's own structure ends there, with a zero byte.
_MAX_PATH_BYTES = 103 if sys.platform == "darwin" else 107
_CHECK_SECONDS = 1.0


def listen_unix(path: Path) -> socket.socket:
    """A socket listening at `path`; one that a dead server left there is replaced. Raises ServerStartError."""
    make_way(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _start_error(path, error.strerror or str(error)) from error
    return listener


def check_can_listen_unix(path: Path) -> None:
    """Raise the ServerStartError that tells why nobody could listen at `path` now; change nothing."""
    if not hasattr(socket, "AF_UNIX"):
        raise _start_error(path, "this system has no UNIX sockets")
    if len(os.fsencode(path)) > _MAX_PATH_BYTES:
        raise _start_error(path, f"the path is longer than {_MAX_PATH_BYTES} bytes", hint="Choose a shorter one.")
    directory = path.parent
    if not directory.is_dir():
        raise _start_error(path, f"{directory} is not a directory", hint="Make it first.")
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise _start_error(path, f"no file may be made in {directory}")
    if _is_there(path) and _is_live(path):
        hint = "Stop the other server, or choose another path."
        raise _start_error(path, "another process listens there", hint=hint)


def make_way(path: Path) -> None:
    """Check, and remove the file that a dead server left at `path`."""
    check_can_listen_unix(path)
    if _is_there(path):
        with suppress(FileNotFoundError):
            path.unlink()


def file_identity(path: Path) -> tuple[int, int] | None:
    """Tells one file from another at the same path; None where there is none."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def remove_socket(path: Path, identity: tuple[int, int] | None) -> None:
    """Remove the file of a server that has ended, if it is still its own (`file_identity`)."""
    if identity is not None and file_identity(path) == identity:
        with suppress(OSError):
            path.unlink()


def _is_there(path: Path) -> bool:
    """Whether there is a socket; anything else in its place is an error."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _start_error(path, error.strerror or str(error)) from error
    if not stat.S_ISSOCK(mode):
        raise _start_error(path, "a file that is no socket is there", hint="It is not removed: choose another path.")
    return True


def _is_live(path: Path) -> bool:
    """Whether anybody listens. Where that cannot be found out it is taken for granted."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_CHECK_SECONDS)
        try:
            asking.connect(os.fspath(path))
        except OSError as error:
            return error.errno not in {errno.ECONNREFUSED, errno.ENOENT}
    return True


def _start_error(path: Path, why: str, *, hint: str | None = None) -> ServerStartError:
    return ServerStartError(f"Cannot listen on UNIX socket {path}: {why}.", hint=hint)
