"""All that a server does about models on stores: finding their versions, bringing them here, removing them again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tfsctl.core import LocalFileSystem, Location
from tfsctl.errors import NotFoundError
from tfsctl.serving.remote.download import Download, changed_error
from tfsctl.serving.remote.file import Files, total_size
from tfsctl.serving.remote.file_system import RemoteFileSystem
from tfsctl.serving.remote.local_copies import LocalCopies

# A version without any of these cannot be loaded, or is not complete yet: there is no need to download it to know.
_MODEL_FILES = frozenset({"saved_model.pb", "saved_model.pbtxt", "export.meta", "model.tflite"})
# Over all downloads of a server: what they hold in memory is as many pieces.
_NUM_SLOTS = 8


class RemoteModels:
    """A `tfsctl.core.FileSystem` for paths and URIs, and what a `RemoteLoader` needs. Thread-safe.

    Nothing of it costs anything, and fsspec is not imported, before the first URI comes by.
    """

    def __init__(self) -> None:
        self._local = LocalFileSystem()
        self._remote = RemoteFileSystem()
        self._copies = LocalCopies()
        self._slots = threading.BoundedSemaphore(_NUM_SLOTS)

    # As a file system.

    def check(self, location: Location) -> None:
        """Raise InvalidArgumentError for a URI that nothing installed here can read."""
        if isinstance(location, str):
            self._remote.check(location)

    def exists(self, path: Location) -> bool:
        """Whether there is anything at `path`."""
        return self._local.exists(path) if isinstance(path, Path) else self._remote.exists(path)

    def children(self, directory: Location) -> Sequence[str]:
        """The names right below `directory`."""
        if isinstance(directory, Path):
            return self._local.children(directory)
        return self._remote.children(directory)

    # For loaders.

    def files(self, uri: str) -> Files:
        """The files of the version at `uri`. Raises what `RemoteFileSystem.files` raises."""
        return self._remote.files(uri)

    def download(self, uri: str, files: Files, *, is_wanted: Callable[[], bool]) -> Path:
        """A complete copy of `files`, all there is at `uri`; give it back with `remove`. Nothing is left if it raises.

        Raises NotFoundError in TensorFlow's words where no model is among them, what `LocalCopies.new_directory` and
        `Download.run` raise, and UnavailableError if files changed meanwhile.
        """
        if _MODEL_FILES.isdisjoint(file.path for file in files):
            raise NotFoundError(
                "Specified file path does not appear to contain a SavedModel bundle (should have a file called"
                f" `saved_model.pb`)\nSpecified file path: {uri}"
            )
        copy = self._copies.new_directory(uri, num_bytes=total_size(files))
        try:
            Download(self._remote.read, files, copy, slots=self._slots, is_wanted=is_wanted).run()
            self._check_unchanged(uri, files)
        except BaseException:
            self.remove(copy)
            raise
        return copy

    def remove(self, copy: Path) -> None:
        """Remove a copy."""
        self._copies.remove(copy)

    def close(self) -> None:
        """Remove all copies and let go of all connections; for when nothing is wanted any more. Idempotent."""
        self._copies.close()
        self._remote.close()

    def _check_unchanged(self, uri: str, files: Files) -> None:
        if self._remote.files(uri) != files:
            raise changed_error(uri)
