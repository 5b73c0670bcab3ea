"""The little that a source asks of a file system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfsctl.core.storage_path import Location


class FileSystem(Protocol):
    """What an object store must offer so that versions can be found in it. Called from several threads, may block.

    Raises `OSError` or `TfsctlError` on trouble. Trouble is never an empty listing: that would unload everything.
    """

    def exists(self, path: Location) -> bool:
        """Whether there is anything at `path`."""
        ...

    def children(self, directory: Location) -> Sequence[str]:
        """The names right below `directory`, files too, in any order. `FileNotFoundError` if it is not there."""
        ...


class LocalFileSystem:
    """The machine's own file system."""

    def exists(self, path: Location) -> bool:
        """Whether there is anything at `path`, symbolic links followed; `OSError` where that cannot be known."""
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def children(self, directory: Location) -> Sequence[str]:
        """The names right below `directory`, files too, in any order."""
        return os.listdir(directory)
