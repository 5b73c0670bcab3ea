"""The name of one loaded version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ServableId:
    """A servable's name and version; orders by name, then version; prints as `name/7`."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"
