"""A source that never changes its mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.core.storage_path import StoragePath, Target


class StaticStoragePathSource:
    """Aspires to one version at one path, once."""

    def __init__(self, target: Target, name: str, storage_path: StoragePath) -> None:
        self._target = target
        self._name = name
        self._storage_path = storage_path

    def start(self) -> None:
        """Tell the target."""
        self._target(self._name, [self._storage_path])
