"""The little that a source asks of a file system."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class FileSystem(Protocol):
    """What an object store must offer so that versions can be found in it. May block; raises `OSError` on trouble."""

    def exists(self, path: Path) -> bool:
        """Whether there is anything at `path`."""
        ...

    def children(self, directory: Path) -> Sequence[str]:
        """The names right below `directory`, files too, in any order."""
        ...


class LocalFileSystem:
    """The machine's own file system."""

    def exists(self, path: Path) -> bool:
        """Whether there is anything at `path`, symbolic links followed; `OSError` where that cannot be known."""
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def children(self, directory: Path) -> Sequence[str]:
        """The names right below `directory`, files too, in any order."""
        return os.listdir(directory)
