"""Stores as file systems, by way of fsspec: `s3://`, `gs://`, `memory://`, and whatever else fsspec knows.

Where a store is and who asks, its client library takes from the environment (AWS_ENDPOINT_URL, AWS_PROFILE,
GOOGLE_APPLICATION_CREDENTIALS, FSSPEC_S3_… and their like).
"""

from __future__ import annotations

import errno
import threading
from typing import TYPE_CHECKING, Any

from tfsctl.core import store_of
from tfsctl.errors import InvalidArgumentError, NotFoundError
from tfsctl.serving.remote.errors import remote_errors
from tfsctl.serving.remote.file import RemoteFile, files_of

if TYPE_CHECKING:
    from tfsctl.core import Location

# A store that has not answered by then is taken to be down. Its client has tried several times until then.
_LISTING_SECONDS = 60.0

_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}


class RemoteFileSystem:
    """A `tfsctl.core.FileSystem` for URIs; it also reads. Thread-safe.

    One connection pool for each store. Nothing that was listed is kept: each listing is asked of the store, in one
    call (for each thousand names).
    """

    def __init__(self) -> None:
        self._stores: dict[str, Any] = {}
        self._lock = threading.Lock()

    def check(self, uri: str) -> None:
        """Raise InvalidArgumentError where this installation cannot read from such a store; the hint says why."""
        _file_system_class(uri)

    def exists(self, path: Location) -> bool:
        """Whether there is anything at `path`. Raises what `remote_errors` raises."""
        try:
            self.children(path)
        except NotADirectoryError:
            return True
        except FileNotFoundError:
            return False
        return True

    def children(self, directory: Location) -> list[str]:
        """The names right below `directory`, objects and prefixes, each once.

        Raises FileNotFoundError if there are none, NotADirectoryError if it is an object, and what `remote_errors`
        raises: never an empty listing for a store that failed.
        """
        uri = str(directory)
        try:
            with remote_errors(uri):
                store = self._store(uri)
                found = store.ls(uri, detail=True, **_bounded(store))
        except NotFoundError as error:
            raise FileNotFoundError(errno.ENOENT, error.hint or error.message, uri) from error
        root = _root(store, uri)
        names = {one["name"].rstrip("/") for one in found if not _is_marker(one, root)}
        if names == {root} and all(one["type"] != "directory" for one in found):
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory", uri)
        return sorted(name.rsplit("/", 1)[-1] for name in names - {root})

    def files(self, uri: str) -> tuple[RemoteFile, ...]:
        """All files below `uri`, none if there are none. Raises what `remote_errors` and `files_of` raise."""
        with remote_errors(uri):
            store = self._store(uri)
            found = store.find(uri, detail=True, **_bounded(store))
        return files_of(uri, _root(store, uri), found)

    def read(self, file: RemoteFile, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`; fewer if it has become shorter. Raises what `remote_errors` raises."""
        with remote_errors(file.uri):
            content: bytes = self._store(file.uri).cat_file(file.uri, start=start, end=end)
            return content

    def close(self) -> None:
        """Let go of all connections; what is still being read may fail. May be used again."""
        with self._lock:
            self._stores.clear()

    def _store(self, uri: str) -> Any:
        """The fsspec file system for `uri`: ours alone, for fsspec would make one for each thread and keep them all."""
        with self._lock:
            store = self._stores.get(store_of(uri))
            if store is None:
                store = _open(uri)
                self._stores[store_of(uri)] = store
            return store


def _file_system_class(uri: str) -> Any:
    scheme = uri.partition("://")[0]
    try:
        from fsspec import get_filesystem_class

        return get_filesystem_class(scheme)
    except ImportError as error:
        extra = _EXTRAS.get(scheme, "remote")
        missing = f"{scheme}:// needs the package {error.name}. " if error.name else ""
        hint = f"{missing}Install what reads it: pip install 'tfsctl[{extra}]'"
    except ValueError:
        hint = f"No package is known that reads {scheme}://"
    # TensorFlow's words for a scheme that nothing was linked in for.
    raise InvalidArgumentError(f"File system scheme '{scheme}' not implemented (file: '{uri}')", hint=hint)


def _open(uri: str) -> Any:
    _file_system_class(uri)
    from fsspec.core import url_to_fs

    store, _ = url_to_fs(uri, skip_instance_cache=True, use_listings_cache=False)
    return store


def _bounded(store: Any) -> dict[str, float]:
    """A limit of time, as fsspec's asynchronous file systems take it."""
    return {"timeout": _LISTING_SECONDS} if store.async_impl else {}


def _root(store: Any, uri: str) -> str:
    """What the store calls `uri` in its listings."""
    return str(store._strip_protocol(uri)).rstrip("/")  # noqa: SLF001 (fsspec's own way for those who compare names)


def _is_marker(about: Any, root: str) -> bool:
    """Whether it stands for the listed directory itself, as consoles make one to show an empty folder."""
    return bool(about["name"].endswith("/") and about["name"].rstrip("/") == root)
