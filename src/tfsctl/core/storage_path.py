"""Where versions lie, and who wants to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Union

Location = Union[Path, str]  # noqa: UP007 (a runtime alias, Python 3.10)
"""A directory: a `Path` is on this machine, text is the URI of one on a store, as `s3://bucket/models/m`.

A URI is never made a `Path`, which would squeeze its `//`.
"""


@dataclass(frozen=True)
class StoragePath:
    """One version and the place that holds it."""

    version: int
    path: Location


Target = Callable[[str, Sequence[StoragePath]], None]
"""Takes a servable's name and *all* its aspired versions: leaving one out asks to unload it. Must not block."""


def child(location: Location, name: str) -> Location:
    """What is called `name` right below `location`."""
    if isinstance(location, Path):
        return location / name
    return f"{location}{name}" if location.endswith("/") else f"{location}/{name}"


def store_of(location: Location) -> str:
    """What has to be reachable for `location` to be read: `s3://bucket` for a URI, empty for this machine."""
    if isinstance(location, Path):
        return ""
    scheme, _, rest = location.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
