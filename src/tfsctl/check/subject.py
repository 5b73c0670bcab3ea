"""What a check is about, and what it takes for granted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsctl.check.graph_view import GraphView
    from tfsctl.saved_model import SavedModelInfo

SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckOptions:
    """The server that is reckoned with.

    Attributes:
        tags: The tags of the graph that it loads.
        tensorflow_version: Its TensorFlow, as `2.11`; empty: the one that is installed here.
        is_official_image: It is TensorFlow Serving's own image, which knows some operations more.
    """

    tags: tuple[str, ...] = ("serve",)
    tensorflow_version: str = ""
    is_official_image: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionSubject:
    """A version whose graph could be read.

    Attributes:
        path: Its directory.
        is_only_version: There is no other one to serve in its place.
        meta_graph: The MetaGraphDef message.
        info: The same as plain values.
        graph: Its nodes and functions.
        options: The server that is reckoned with.
    """

    path: Path
    is_only_version: bool
    meta_graph: Any
    info: SavedModelInfo
    graph: GraphView
    options: CheckOptions

    @property
    def file(self) -> Path:
        """The file that has the graph."""
        return saved_model_file(self.path) or self.path


def saved_model_file(directory: Path) -> Path | None:
    """The saved_model.pb, or .pbtxt, right in a directory; None if there is none."""
    return next((directory / name for name in SAVED_MODEL_FILES if (directory / name).exists()), None)


def word(path: object) -> str:
    """A path as one word for a shell."""
    return shlex.quote(str(path))


def serve_command(base_path: Path, name: str = "", *options: str) -> str:
    """The line that serves one model; `name` where it is not the directory's own."""
    target = f"{name}={base_path}" if name and name != base_path.absolute().name else str(base_path)
    return " ".join(["tfsctl serve", word(target), *options])


def parent_of(path: Path) -> Path:
    """The directory above, also of `.` and of what ends in `..`."""
    return path.absolute().resolve().parent if path.name in {"", ".."} else path.parent


def listed(names: list[str], *, most: int = 4) -> str:
    """A few names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
