"""Which version a path means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.errors import FailedPreconditionError, NotFoundError
from tfsctl.version_path import find_version, versions_in


@pytest.fixture
def base_path(tmp_path: Path) -> Path:
    """Versions 1 and 10, and what is no version."""
    for name in ("1", "00010", "draft"):
        (tmp_path / "m" / name).mkdir(parents=True)
        (tmp_path / "m" / name / "saved_model.pb").touch()
    (tmp_path / "m/11").touch()
    return tmp_path / "m"


def test_the_newest_version_or_the_wanted_one_is_found(base_path: Path) -> None:
    assert find_version(base_path).path == base_path / "00010"
    assert find_version(base_path, 1).path == base_path / "1"
    assert versions_in(base_path).keys() == {1, 10}
    with pytest.raises(NotFoundError, match="has no version 2") as raised:
        find_version(base_path, 2)
    assert raised.value.hint == "It has: 10, 1."


def test_a_version_directory_or_its_file_is_what_it_is(base_path: Path) -> None:
    for path in (base_path / "1", base_path / "1/saved_model.pb", base_path / "draft/../1"):
        found = find_version(path, 7)
        assert (found.path, found.version, found.model_name) == (base_path / "1", 1, "m")
    draft = find_version(base_path / "draft")
    assert (draft.version, draft.model_name) == (None, "draft")


def test_a_relative_path_has_a_name_too(base_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(base_path / "1")
    assert find_version(Path()).model_name == "m"
    assert find_version(Path("..")).path == base_path / "00010"


def test_what_is_neither_is_not_found(base_path: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has none in it"):
        find_version(tmp_path)
    with pytest.raises(NotFoundError):
        find_version(tmp_path / "nothing")
    with pytest.raises(FailedPreconditionError):
        find_version(base_path / "11")
