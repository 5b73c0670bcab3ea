"""Room on disks."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tfsctl.disk import num_free_bytes
from tfsctl.machine.condition import Condition, State

_LOW_BYTES = 1_000_000_000
_GB = 1e9


def storage() -> Iterator[Condition]:
    """Where models, temporary files, downloads, and servers in the background are kept."""
    from platformdirs import user_cache_path

    from tfsctl.background import StateDirectory

    yield place("disk.here", "Disk: here", Path.cwd(), "export and train write here: give them --output")
    yield place("disk.temporary", "Disk: temporary", Path(tempfile.gettempdir()), "set TMPDIR", is_essential=True)
    yield place("disk.cache", "Disk: cache", user_cache_path("tfsctl", appauthor=False), "set XDG_CACHE_HOME")
    yield place("disk.state", "Disk: state", StateDirectory().path, "set TFSCTL_STATE_DIR")


def place(name: str, subject: str, path: Path, remedy: str, *, is_essential: bool = False) -> Condition:
    """Whether something can be written to a directory, which may still be missing."""
    there = next(parent for parent in (path, *path.absolute().parents) if parent.is_dir())
    free = num_free_bytes(there)
    found = f"{path}: {free / _GB:.1f} GB free"
    if not os.access(there, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        state = State.PROBLEM if is_essential else State.WARNING
        return Condition(name, subject, state, f"{path}: not writable", f"Change its mode, or {remedy}.")
    if free < _LOW_BYTES:
        return Condition(name, subject, State.WARNING, found, f"Make room, or {remedy}.")
    return Condition(name, subject, State.OK, found)
