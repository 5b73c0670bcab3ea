"""Puts the files of a case where its server looks for them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from serving.model_directory import add_counting_version

# A number: a version that answers x + that number. A text: a copy of version 1 of this model of the zoo. Bytes: a file
# with that content, in which `{home}` stands for the case's directory. A function of the zoo that makes such bytes.
# None: an empty directory.
Content = int | str | bytes | Callable[[Path], bytes] | None


def put(zoo: Path, home: Path, path: str, content: Content) -> None:
    """Make `content` appear at `path` below `home`, complete or not at all."""
    target = home / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=home.parent) as beside:
        _make(zoo, home, Path(beside) / "made", content).rename(target)


def take(home: Path, path: str) -> None:
    """Make what is at `path` disappear, in one step."""
    with tempfile.TemporaryDirectory(prefix=".outgoing-", dir=home.parent) as beside:
        (home / path).rename(Path(beside) / "taken")


def _make(zoo: Path, home: Path, path: Path, content: Content) -> Path:
    if isinstance(content, int):
        add_counting_version(zoo, path, content)
        return path / str(content)
    if isinstance(content, str):
        shutil.copytree(zoo / content / "1", path)
    elif content is None:
        path.mkdir()
    else:
        made = content if isinstance(content, bytes) else content(zoo)
        path.write_bytes(made.replace(b"{home}", str(home).encode()))
    return path
