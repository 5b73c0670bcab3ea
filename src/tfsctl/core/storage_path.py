"""Where versions lie, and who wants to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StoragePath:
    """One version and the path that holds it."""

    version: int
    path: Path


Target = Callable[[str, Sequence[StoragePath]], None]
"""Takes a servable's name and *all* its aspired versions: leaving one out asks to unload it. Must not block."""
