"""Which version of a model a path means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfsctl.disk import disk_errors
from tfsctl.errors import NotFoundError
from tfsctl.versions import LatestPolicy, choose_versions, parse_version

MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")


@dataclass(frozen=True, slots=True)
class VersionPath:
    """The directory of a version.

    Attributes:
        path: The directory, absolute.
        version: The number that its name spells; None for a name that is none, which no server takes for a version.
    """

    path: Path
    version: int | None

    @property
    def model_name(self) -> str:
        """What a server calls the model where nobody says otherwise; a directory outside of versions has its own name.

        Empty for the root of the file system.
        """
        return self.path.name if self.version is None else self.path.parent.name


def find_version(path: Path, version: int | None = None) -> VersionPath:
    """The version that `path` means: a version directory, the model file in one, or a base path.

    Of a base path it is the newest version, or `version` if that is given; any other path is what it is.

    Raises:
        NotFoundError: there is no such version; the hint says what there is.
        PermissionDeniedError, FailedPreconditionError, UnavailableError: the directory cannot be read.
    """
    directory = path.absolute()
    if path.name in MODEL_FILES and not path.is_dir():
        directory = directory.parent
    directory = directory.resolve() if ".." in directory.parts else directory
    if is_version_dir(directory):
        return VersionPath(directory, parse_version(directory.name))
    found = versions_in(directory)
    if not found:
        raise NotFoundError(
            f"{path} is no version of a model, and has none in it.",
            hint="Give a version directory, which has a saved_model.pb in it, or the directory of all versions.",
        )
    chosen = choose_versions(LatestPolicy(), found)[0] if version is None else version
    if chosen not in found:
        raise NotFoundError(f"{path} has no version {version}.", hint=f"It has: {_listed(found)}.")
    return VersionPath(found[chosen], chosen)


def versions_in(base_path: Path) -> Mapping[int, Path]:
    """The directories below `base_path` that a server takes for versions, by number; raises as `find_version`."""
    with disk_errors(base_path):
        children = [child for child in sorted(base_path.iterdir()) if child.is_dir()]
    numbered = ((parse_version(child.name), child) for child in children)
    return {number: child for number, child in numbered if number is not None}


def is_version_dir(path: Path) -> bool:
    """Whether a SavedModel is right in the directory `path`."""
    return any((path / name).exists() for name in MODEL_FILES)


def _listed(numbers: Mapping[int, Path]) -> str:
    return ", ".join(str(number) for number in sorted(numbers, reverse=True))
