"""A trace in a file where TensorBoard looks for it."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

from tfsctl.errors import InternalError, InvalidArgumentError

_LOGGER = logging.getLogger("tfsctl.serving")


def check_place(repository_root: str, session_id: str, host_name: str) -> None:
    """Raise InvalidArgumentError where a trace could not be saved, or not in the directory `repository_root`.

    That directory itself is the client's choice, as in TensorFlow.
    """
    if "://" in repository_root:
        raise InvalidArgumentError(
            f"The server cannot write traces to {repository_root}: give a directory of its file system."
        )
    for field, name in (("session_id", session_id), ("host_name", host_name)):
        if name in {".", ".."} or "/" in name or "\0" in name:
            raise InvalidArgumentError(f"{field} must be a plain name: {name!r}")


def save_trace(xspace: bytes, repository_root: str, session_id: str, host_name: str) -> Path:
    """Write REPOSITORY_ROOT/SESSION_ID/HOST_NAME.xplane.pb, as TensorFlow's own service does, and return its path.

    A file that is there is replaced; a symbolic link in its place is not followed. Raises InternalError where it cannot
    be written.
    """
    directory = Path(repository_root) / session_id
    path = directory / f"{host_name}.xplane.pb".replace(":", "_")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=directory, prefix=".tfsctl-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(xspace)
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(path)
        except BaseException:
            Path(unfinished).unlink()
            raise
    except OSError as error:
        raise InternalError(f"{path}; {error.strerror}") from error
    _LOGGER.info("Wrote a trace to %s", path)
    return path
