"""TensorFlow's statuses as our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tfsctl.errors import error_for
from tfsctl.runtime._library import Library, text_of


@contextmanager
def checked_status(library: Library) -> Iterator[Any]:
    """A status to pass to one call of the C API; what the call reports is raised."""
    status = library.lib.TF_NewStatus()
    try:
        yield status
        raise_if_failed(library, status)
    finally:
        library.lib.TF_DeleteStatus(status)


def raise_if_failed(library: Library, status: Any) -> None:
    """Raise what a status reports, with TensorFlow's code and its message to the letter.

    No variable holds the error: it would refer to its own traceback, and with it to a session, which then would not be
    freed when its last user is done.
    """
    code = library.lib.TF_GetCode(status)
    if code:
        raise error_for(code, text_of(library.ffi, library.lib.TF_Message(status)))
