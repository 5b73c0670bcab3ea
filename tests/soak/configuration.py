"""What the server is told to serve at the moment, and the two ways to tell it something else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from serving.grpc_calls import GrpcCalls
from serving.reload_calls import entry, label, listed, reload, versions


@dataclass(frozen=True)
class Chosen:
    """The versions of a model that are wanted, and their labels."""

    versions: tuple[int, ...]
    labels: Mapping[str, int]


@dataclass(frozen=True)
class Configuration:
    """`steady`, `swapped` and `corrupt` have their newest version served; `labelled` and `moved` chosen ones."""

    home: Path
    labelled: Chosen
    moved: Chosen
    has_passing: bool = False
    _always: tuple[str, ...] = field(default=("steady", "swapped", "corrupt"))

    @property
    def text(self) -> str:
        """The ModelServerConfig in text form."""
        names = (*self._always, "passing") if self.has_passing else self._always
        entries = [entry(name, self.home / name) for name in names]
        for name, chosen in (("labelled", self.labelled), ("moved", self.moved)):
            labels = [label(each, version) for each, version in chosen.labels.items()]
            entries.append(entry(name, self.home / name, versions(*chosen.versions), *labels))
        return listed(*entries)


class Configured:
    """The configuration in force, in a file that the server follows."""

    def __init__(self, first: Configuration, path: Path) -> None:
        self.current = first
        self.path = path
        self.num_by_call = self.num_by_file = 0
        self._write()

    def change(self, calls: GrpcCalls | None, **changes: Chosen | bool) -> None:
        """Have other values in force: the server is called, or (without `calls`) it reads the file at its next look.

        The file is written in both cases, for it would undo what was only called for.
        """
        self.current = replace(self.current, **changes)  # type: ignore[arg-type]  # Of the fields' own types.
        self._write()
        if calls is None:
            self.num_by_file += 1
        else:
            self.num_by_call += 1
            reload(calls, self.current.text)

    def _write(self) -> None:
        """In one step: half a file is a refused file."""
        beside = self.path.with_suffix(".new")
        beside.write_text(self.current.text)
        os.replace(beside, self.path)
