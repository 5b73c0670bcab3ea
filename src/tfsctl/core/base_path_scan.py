"""Which versions below a base path are aspired: version policy over names, without threads."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.core.storage_path import StoragePath, child
from tfsctl.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    TfsctlError,
    UnknownError,
)
from tfsctl.versions import AllPolicy, SpecificPolicy, choose_versions, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfsctl.core.file_system import FileSystem
    from tfsctl.core.servable_config import ServableConfig
    from tfsctl.core.storage_path import Location


@dataclass(frozen=True, kw_only=True)
class BasePathScan:
    """What was found: the aspired versions, highest first; remarks for the log; and the problem if there are none."""

    storage_paths: tuple[StoragePath, ...]
    warnings: tuple[str, ...] = ()
    problem: TfsctlError | None = None


def scan_base_path(config: ServableConfig, file_system: FileSystem) -> BasePathScan:
    """Look once (tensorflow-serving.md §3.1, §3.2). Every child whose whole name is a number counts, directory or not.

    Raises `TfsctlError` if the base path is missing or cannot be read: then nothing is known, and nothing must be
    concluded. A base path without a wanted version is no error: then nothing is aspired.
    """
    try:
        plain = _plainly_named(config, file_system)
        if plain is not None:
            return BasePathScan(storage_paths=plain)
        names = file_system.children(config.base_path)
    except FileNotFoundError as error:
        raise _missing(config, error) from error
    except OSError as error:
        # A file on the way to the base path, or in its place?
        if isinstance(error, NotADirectoryError) and not file_system.exists(config.base_path):
            raise _missing(config, error) from error
        raise _os_error(config.base_path, error) from error
    return _choose(config, names)


def _missing(config: ServableConfig, error: OSError) -> InvalidArgumentError:
    """TF Serving's words; what a store itself says about it, if it says anything, is the hint."""
    return InvalidArgumentError(
        f"Could not find base path {config.base_path} for servable {config.name} "
        f"with error NOT_FOUND: {config.base_path} not found",
        hint=None if isinstance(config.base_path, Path) else error.strerror,
    )


def _plainly_named(config: ServableConfig, file_system: FileSystem) -> tuple[StoragePath, ...] | None:
    """The specific versions if all of them exist under their plain decimal names: saves listing a large directory.

    Not on a store, where to list is one call and to ask is one for each version.
    """
    policy = config.version_policy
    if not isinstance(policy, SpecificPolicy) or not policy.versions or not isinstance(config.base_path, Path):
        return None
    versions = sorted(set(policy.versions), reverse=True)
    paths = tuple(StoragePath(version, child(config.base_path, str(version))) for version in versions)
    return paths if all(file_system.exists(one.path) for one in paths) else None


def _choose(config: ServableConfig, names: Iterable[str]) -> BasePathScan:
    found, warnings = _by_version(config, names)
    chosen = choose_versions(config.version_policy, found)
    warnings += _absent(config, found)
    problem = None
    if not chosen:
        problem = _no_version(config, sorted(found))
        warnings.append(f"{problem} {problem.hint}")
    paths = tuple(StoragePath(version, child(config.base_path, found[version])) for version in chosen)
    return BasePathScan(storage_paths=paths, warnings=tuple(warnings), problem=problem)


def _by_version(config: ServableConfig, names: Iterable[str]) -> tuple[dict[int, str], list[str]]:
    """Names by number. Of two with the same number `all` takes the first in order, the other policies the last."""
    is_first_kept = isinstance(config.version_policy, AllPolicy)
    found: dict[int, str] = {}
    warnings = []
    for name in sorted(names):
        version = parse_version(name)
        if version is None:
            continue
        other = found.get(version)
        if other is None or not is_first_kept:
            found[version] = name
        if other is not None:
            warnings.append(
                f"Servable {config.name} has version {version} twice under {config.base_path}: "
                f"as {other!r} and as {name!r}. {found[version]!r} is used."
            )
    return found, warnings


def _absent(config: ServableConfig, found: Iterable[int]) -> list[str]:
    if not isinstance(config.version_policy, SpecificPolicy):
        return []
    missing = sorted(set(config.version_policy.versions) - set(found))
    return [
        f"Version {version} of servable {config.name}, which was requested to be served as a 'specific' version in "
        "the servable's config, was not found in the file system"
        for version in missing
    ]


def _no_version(config: ServableConfig, found: Sequence[int]) -> NotFoundError:
    text = f"No versions of servable {config.name} found under base path {config.base_path}."
    if not isinstance(config.version_policy, SpecificPolicy):
        return NotFoundError(text, hint="Did you forget to name your leaf directory as a number (eg. '/1/')?")
    if not config.version_policy.versions:
        return NotFoundError(text, hint="The 'specific' version policy lists no versions.")
    present = ", ".join(map(str, found)) or "none"
    return NotFoundError(text, hint=f"None of the 'specific' versions is there; present: {present}.")


_OS_ERRORS: dict[int | None, type[TfsctlError]] = {
    errno.ENOENT: NotFoundError,
    errno.ENOTDIR: FailedPreconditionError,
    errno.EACCES: PermissionDeniedError,
    errno.EPERM: PermissionDeniedError,
}


def _os_error(path: Location, error: OSError) -> TfsctlError:
    """As TensorFlow words it: the path, a semicolon, the system's text."""
    return _OS_ERRORS.get(error.errno, UnknownError)(f"{path}; {error.strerror or error}")
