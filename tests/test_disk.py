"""Files that are there complete or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tfsctl.disk import disk_errors, making_directory, remove_tree, replacing
from tfsctl.errors import (
    FailedPreconditionError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    TfsctlError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, ResourceExhaustedError),
        (errno.EDQUOT, ResourceExhaustedError),
        (errno.EFBIG, ResourceExhaustedError),
        (errno.EACCES, PermissionDeniedError),
        (errno.EROFS, PermissionDeniedError),
        (errno.ENOENT, NotFoundError),
        (errno.ENOTDIR, FailedPreconditionError),
        (errno.EIO, UnavailableError),
    ],
)
def test_os_error_under_disk_errors_says_what_it_means(number: int, expected: type[TfsctlError]) -> None:
    path = Path("/nowhere/model")
    with pytest.raises(expected, match="/nowhere/model"), disk_errors(path):
        raise OSError(number, os.strerror(number), str(path))


def test_full_disk_names_the_path_and_the_free_space(tmp_path: Path) -> None:
    message = r"No space left to write .*: [0-9.]+ MB are free"
    with pytest.raises(ResourceExhaustedError, match=message) as raised, disk_errors(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.hint is not None


def test_replacing_writes_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.keras"
    with replacing(path) as temporary:
        assert temporary.suffix == ".keras"
        temporary.write_text("weights")
        assert not path.exists()
    assert [file.name for file in path.parent.iterdir()] == ["model.keras"]
    assert path.read_text() == "weights"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_replacing_that_fails_keeps_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "model.keras"
    path.write_text("old")

    def replace_half() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        replace_half()
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
    assert path.read_text() == "old"


def test_making_directory_that_fails_removes_what_it_made(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), making_directory(tmp_path / "a" / "b"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_making_directory_that_fails_keeps_what_others_put_there(tmp_path: Path) -> None:
    def put_beside() -> None:
        with making_directory(tmp_path / "a" / "b"):
            (tmp_path / "a" / "other").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put_beside()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["other"]


def test_remove_tree_takes_files_links_and_missing_paths(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    link = tmp_path / "link"
    link.symlink_to(kept)
    for path in (link, tmp_path / "missing"):
        remove_tree(path)
    assert kept.is_dir()
    assert not link.exists()
