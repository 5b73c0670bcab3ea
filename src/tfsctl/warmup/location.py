"""Which version a path means, and where its warm-up file is."""

from __future__ import annotations

from pathlib import Path

from tfsctl.disk import disk_errors
from tfsctl.errors import NotFoundError
from tfsctl.versions import LatestPolicy, choose_versions, parse_version

_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")


def find_version_dir(path: Path) -> Path:
    """The version directory that `path` is, or the newest one below it.

    Raises NotFoundError if it is neither, and what `tfsctl.disk.disk_errors` says.
    """
    if is_version_dir(path):
        return path
    with disk_errors(path):
        found = {parse_version(child.name): child for child in sorted(path.iterdir()) if child.is_dir()}
    newest = choose_versions(LatestPolicy(), [number for number in found if number is not None])
    if not newest:
        raise NotFoundError(
            f"{path} is no version of a model, and has none in it.",
            hint="Give a version directory, which has a saved_model.pb in it, or the directory of all versions.",
        )
    return found[newest[0]]


def is_version_dir(path: Path) -> bool:
    """Whether a SavedModel is in the directory `path`."""
    return any((path / name).exists() for name in _MODEL_FILES)


def model_name(version_dir: Path) -> str:
    """What a server calls the model of a version where nobody says otherwise."""
    return version_dir.absolute().parent.name


def version_number(version_dir: Path) -> int:
    """The version's number; 0 for a directory that no server takes for a version."""
    return parse_version(version_dir.absolute().name) or 0
