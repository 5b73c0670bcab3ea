"""What a directory looks like, seen from its names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tfsctl.check.subject import saved_model_file
from tfsctl.versions import parse_version

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
# Names that were meant to be versions: v1, 0.1, 1.0, version_3, 2024-01-31.
_LIKE_VERSION = re.compile(r"(v|ver|version|r|rev|release)?[-_. ]?\d+([-_.T:]\d+)*", re.IGNORECASE)

_WITHOUT_MEANING = frozenset({"saved_model", "savedmodel", "model", "export", "exported", "final", "latest", "best"})


def readable_children(path: Path) -> list[Path]:
    """What stands in a directory, sorted, hidden names left out; raises OSError."""
    return sorted(child for child in path.iterdir() if not child.name.startswith("."))


def has_numbers(path: Path) -> bool:
    """Whether anything in the directory is named by a number, which makes it a base path; raises OSError."""
    return any(parse_version(child.name) is not None for child in path.iterdir())


def is_like_version(name: str) -> bool:
    """Whether a name was meant to be that of a version."""
    return _LIKE_VERSION.fullmatch(name) is not None


def is_meant_as_version(name: str) -> bool:
    """Whether a directory of this name was meant to be a version of the model it lies in, and not a model itself."""
    return is_like_version(name) or name.lower() in _WITHOUT_MEANING


def saved_models_in(path: Path) -> list[Path]:
    """The directories right below `path` that are SavedModels."""
    return [child for child in readable_children(path) if child.is_dir() and saved_model_file(child)]


def keras_files_in(path: Path) -> list[Path]:
    """The files of Keras right in a directory."""
    return [child for child in readable_children(path) if child.suffix in KERAS_SUFFIXES and child.is_file()]


def is_checkpoint_directory(path: Path) -> bool:
    """Whether training has left a checkpoint in a directory."""
    return (path / "checkpoint").is_file() or any(path.glob("*.ckpt*.index")) or any(path.glob("ckpt-*.index"))


def is_like_model(path: Path) -> bool:
    """Whether somebody meant this directory to be a model, though it has no numbers."""
    try:
        is_model = saved_model_file(path) or keras_files_in(path) or saved_models_in(path)
        return bool(is_model or is_checkpoint_directory(path))
    except OSError:
        return False


def numbers_for(directories: list[Path]) -> Iterator[tuple[Path, int]]:
    """A version number for each of these: the one in its name where that tells them apart, else 1, 2 and so on."""
    taken = [re.findall(r"\d+", directory.name) for directory in directories]
    numbers = [int("".join(digits) or 0) for digits in taken]
    has_one_each = all(len(digits) == 1 for digits in taken)
    is_clear = has_one_each or (len(directories) > 1 and len({len(digits) for digits in taken}) == 1)
    if not is_clear or len(set(numbers)) < len(numbers) or any(parse_version(str(n)) is None for n in numbers):
        ordered = sorted(directories, key=lambda directory: [int(d) for d in re.findall(r"\d+", directory.name)])
        yield from ((directory, number) for number, directory in enumerate(ordered, start=1))
        return
    yield from zip(directories, numbers, strict=True)
