from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tfsctl.serving.models.local_files import local_files


@pytest.fixture
def version(tmp_path: Path) -> Path:
    directory = tmp_path / "m/1"
    (directory / "variables").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(b"graph")
    (directory / "variables/variables.index").write_bytes(b"index")
    return directory


def test_files_are_the_same_while_nobody_writes(version: Path) -> None:
    files = local_files(version)
    assert [Path(file.path).name for file in files] == ["saved_model.pb", "variables.index"]
    assert local_files(version) == files


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index", "variables/new", "assets"])
def test_file_that_is_written_is_seen(name: str, version: Path) -> None:
    before = local_files(version)
    (version / name).write_bytes(b"longer than before")
    assert local_files(version) != before


def test_file_of_the_same_size_with_an_old_time_is_seen(version: Path) -> None:
    file = version / "saved_model.pb"
    os.utime(file, (1, 1))
    before = local_files(version)
    file.write_bytes(b"other")
    os.utime(file, (2, 2))
    assert local_files(version) != before


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
def test_links_are_followed_and_one_that_leads_back_ends(version: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/asset").write_bytes(b"a")
    (version / "assets").symlink_to(tmp_path / "elsewhere")
    (version / "variables/back").symlink_to(version)
    before = local_files(version)
    assert [Path(file.path).name for file in before] == ["asset", "saved_model.pb", "variables.index"]
    (tmp_path / "elsewhere/asset").write_bytes(b"another")
    assert local_files(version) != before


def test_version_that_is_a_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "5").write_bytes(b"x")
    assert [Path(file.path).name for file in local_files(tmp_path / "5")] == ["5"]


def test_version_that_is_away_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        local_files(tmp_path / "1")
