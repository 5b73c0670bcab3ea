"""One file of a version on a store: where it is, where it belongs, and what tells it from another of that name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from tfsctl.errors import InvalidArgumentError, UnimplementedError

# What stores say of an object that changes whenever it is written, each in its own words.
_MARKS = (
    "ETag",
    "etag",
    "md5Hash",
    "generation",
    "LastModified",
    "last_modified",
    "updated",
    "mtime",
    "modificationTime",
    "created",
)


@dataclass(frozen=True, slots=True, order=True)
class RemoteFile:
    """One file. Two are equal if nobody has written it in between.

    Attributes:
        path: Its place below the version directory.
        uri: The whole of its name.
        size: In bytes.
        mark: What the store says of its state.
    """

    path: str
    uri: str
    size: int
    mark: str


Files = tuple[RemoteFile, ...]


def files_of(uri: str, root: str, found: Mapping[str, Mapping[str, Any]]) -> tuple[RemoteFile, ...]:
    """The files below `uri`, sorted, of a listing: what the store says by name. `root` is what it calls `uri`.

    Keys that stand for directories, with a slash at their end or as a mere prefix of others, are left out.

    Raises:
        InvalidArgumentError: a key would lie elsewhere than below the version directory.
        UnimplementedError: the store does not tell sizes.
    """
    keys = {_below(name, root): about for name, about in found.items() if about.get("type") != "directory"}
    parents = {str(parent) for key in keys for parent in PurePosixPath(key).parents}
    files = []
    for key, about in keys.items():
        if not key or key.endswith("/") or (key in parents and not about.get("size")):
            continue
        _check(key, uri)
        if about.get("size") is None:
            raise UnimplementedError(f"{uri}/{key}: the store does not tell its size.")
        mark = repr([about[name] for name in _MARKS if name in about])
        files.append(RemoteFile(path=key, uri=f"{uri}/{key}", size=int(about["size"]), mark=mark))
    return tuple(sorted(files))


def total_size(files: Iterable[RemoteFile]) -> int:
    """In bytes."""
    return sum(file.size for file in files)


def _below(name: str, root: str) -> str:
    """A key as seen from `root`; empty for `root` itself, which then is a file or stands for the directory."""
    return name[len(root) :].removeprefix("/") if name.startswith(root) else name


def _check(key: str, uri: str) -> None:
    """Refuse what would be written elsewhere, on any system. Object keys are any text; file names are not."""
    for part in key.split("/"):
        if part in {"", ".", ".."} or "\0" in part or PureWindowsPath(part).name != part:
            raise InvalidArgumentError(
                f"{uri}/{key} is no name for a file of a model.", hint="Delete or rename this object."
            )
