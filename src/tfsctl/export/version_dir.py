"""Version directories that appear complete or not at all: `<base path>/<number>`."""

from __future__ import annotations

import errno
import itertools
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfsctl.disk import disk_errors, fsync, fsync_tree, making_directory, remove_tree
from tfsctl.errors import AbortedError, AlreadyExistsError, InvalidArgumentError, OutOfRangeError
from tfsctl.versions import parse_version

_MAX_VERSION = 2**63 - 1
_MAX_PUBLISH_ATTEMPTS = 100
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST}
# kind, version, process, serial number, host. No server reads such a name as a version.
_TEMPORARY = re.compile(r"\.(tmp|old)-(\d+)-(\d+)-\d+-(.*)", re.DOTALL)
_serial = itertools.count()


class NewVersion:
    """A version that is being written: into `temporary`, which becomes `path` in the end."""

    def __init__(self, base_path: Path, version: int, temporary: Path) -> None:
        self.base_path = base_path
        self.version = version
        self.temporary = temporary

    @property
    def path(self) -> Path:
        """The version's directory."""
        return self.base_path / str(self.version)


@contextmanager
def new_version(base_path: Path, version: int | None = None, *, force: bool = False) -> Iterator[NewVersion]:
    """Give an empty temporary directory beside the versions of `base_path`; it becomes the new version at success.

    `version` None is the next free number; should that be taken while the block runs, the one after it. With `force` an
    existing version is replaced: it is renamed aside, the new one takes its place, then it is deleted. If the block
    raises anything, KeyboardInterrupt included, no trace is left, directories made for the base path included. What
    killed processes left in `base_path` is cleaned up first; a version that one of them had renamed aside is put back.

    Raises:
        AlreadyExistsError: the version is there, and `force` was not given.
        InvalidArgumentError: the number is not positive, or beyond 64 bits.
        ResourceExhaustedError, PermissionDeniedError, FailedPreconditionError: the disk's errors (tfsctl.disk).
    """
    if version is not None:
        _check_number(version)
    with disk_errors(base_path), making_directory(base_path):
        _clean_up(base_path)
        if version is not None and not force:
            _check_free(base_path, version)
        number = next_version(base_path) if version is None else version
        new = NewVersion(base_path, number, base_path / _temporary_name("tmp", number))
        try:
            new.temporary.mkdir()
            yield new
            fsync_tree(new.temporary)
            _publish(new, wanted=version, force=force)
        except BaseException:
            remove_tree(new.temporary)
            raise
        fsync(base_path)


def next_version(base_path: Path) -> int:
    """The number after the highest version in `base_path`, at least 1. Raises OutOfRangeError after the last number."""
    highest = max(find_versions(base_path), default=0)
    if highest >= _MAX_VERSION:
        raise OutOfRangeError(
            f"{base_path} has the version {highest}, and there is no number after it.",
            hint="Choose a free number with --model-version.",
        )
    return max(highest, 0) + 1


def find_versions(base_path: Path) -> dict[int, list[Path]]:
    """What a server takes for versions in `base_path`: by number the paths, several if they spell the same number."""
    found: dict[int, list[Path]] = {}
    for path in sorted(base_path.iterdir()):
        number = parse_version(path.name)
        if number is not None:
            found.setdefault(number, []).append(path)
    return found


def _check_number(version: int) -> None:
    if version <= 0:
        raise InvalidArgumentError("Please specify a positive value for version number.")
    if version > _MAX_VERSION:
        raise InvalidArgumentError(f"The version number {version} is greater than {_MAX_VERSION}.")


def _check_free(base_path: Path, version: int) -> None:
    existing = find_versions(base_path).get(version)
    if existing:
        raise AlreadyExistsError(
            f"{existing[0]} exists already.",
            hint="Replace it with --force, or leave out --model-version to write the next free number.",
        )


def _temporary_name(kind: str, version: int) -> str:
    return f".{kind}-{version}-{os.getpid()}-{next(_serial)}-{platform.node()}"


def _publish(new: NewVersion, *, wanted: int | None, force: bool) -> None:
    """Rename the temporary directory to its number."""
    for _ in range(_MAX_PUBLISH_ATTEMPTS):
        if wanted is None:
            new.version = next_version(new.base_path)
        elif force:
            _replace(new)
            return
        else:
            _check_free(new.base_path, wanted)
        try:
            new.temporary.rename(new.path)
            return
        except OSError as error:  # somebody else took the number just now
            if error.errno not in _TAKEN:
                raise
    raise AbortedError(f"Other exports to {new.base_path} keep taking the next free number.", hint="Try again.")


def _replace(new: NewVersion) -> None:
    """Put the new directory in the place of the existing one, which comes back if that fails."""
    aside: list[tuple[Path, Path]] = []
    try:
        for path in find_versions(new.base_path).get(new.version, []):
            aside.append((path, new.base_path / _temporary_name("old", new.version)))
            path.rename(aside[-1][1])
        new.temporary.rename(new.path)
    except BaseException:
        for path, old in aside:
            if old.exists() and not path.exists():
                old.rename(path)
        raise
    for _, old in aside:
        remove_tree(old)


def _clean_up(base_path: Path) -> None:
    """Delete what dead processes of this host left half-written; put back a version they had renamed aside."""
    for path in sorted(base_path.iterdir()):
        match = _TEMPORARY.fullmatch(path.name)
        if match is None or match[4] != platform.node() or _is_running(int(match[3])):
            continue
        if match[1] == "old" and int(match[2]) not in find_versions(base_path):
            path.rename(base_path / match[2])
        else:
            remove_tree(path)


def _is_running(process_id: int) -> bool:
    """Whether there is such a process; yes where we cannot know."""
    if sys.platform == "win32":  # there, signal 0 would end the process
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
