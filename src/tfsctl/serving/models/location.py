"""How people write where models lie: a path of this machine, or the URI of a place on a store."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tfsctl.core import Location
from tfsctl.errors import UsageError

_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# What is left of a URI's scheme in a Path; one letter is a drive of Windows.
_SQUEEZED_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def is_uri(text: str) -> bool:
    """Whether `text` begins with a scheme and `://`."""
    return _URI.match(text) is not None


def parse_location(path: str | os.PathLike[str]) -> Location:
    """The place that `path` means: an absolute `Path`, `~` expanded, or a URI as it stands but for slashes at its end.

    `file://` is this machine. Nothing is percent-decoded: object keys may hold any character.

    Raises UsageError for a URI that was made a `Path`, and for a `file://` of another machine.
    """
    match = _URI.match(os.fspath(path)) if isinstance(path, str) else None
    if match is None:
        _refuse_squeezed_uri(Path(path))
        return Path(os.path.abspath(Path(path).expanduser()))
    scheme, rest = match.groups()
    if scheme.lower() != "file":
        return f"{scheme}://{rest.rstrip('/')}"
    if not rest.startswith("/"):
        raise UsageError(f"{path} names another machine.", hint=f"Three slashes are this one: file:///{rest}")
    return Path(os.path.abspath(rest))


def _refuse_squeezed_uri(path: Path) -> None:
    first = path.parts[0] if path.parts else ""
    if _SQUEEZED_SCHEME.fullmatch(first) and not Path(first).exists():
        uri = f"{first}//{'/'.join(path.parts[1:])}"
        raise UsageError(f"{path} was a URI once: a Path cannot hold one.", hint=f"Give it as text: {uri}")
