"""Version directories that appear complete or not at all."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tfsctl.errors import AlreadyExistsError, FailedPreconditionError, InvalidArgumentError, OutOfRangeError
from tfsctl.export.version_dir import find_versions, new_version, next_version
from tfsctl.versions import parse_version


def write(base_path: Path, content: str, version: int | None = None, *, force: bool = False) -> Path:
    with new_version(base_path, version, force=force) as new:
        (new.temporary / "saved_model.pb").write_text(content)
    return new.path


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def dead_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=60)
    return process.pid


def test_first_version_is_1_and_the_next_comes_after_the_highest(tmp_path: Path) -> None:
    base_path = tmp_path / "models" / "m"
    assert write(base_path, "a") == base_path / "1"
    (base_path / "00000041").mkdir()
    (base_path / "v99").mkdir()
    assert write(base_path, "b") == base_path / "42"
    assert (base_path / "42" / "saved_model.pb").read_text() == "b"


def test_version_asked_for_is_written(tmp_path: Path) -> None:
    assert write(tmp_path, "a", 20170111173521).name == "20170111173521"
    assert names(tmp_path) == ["20170111173521"]


def test_no_server_would_load_the_directory_being_written(tmp_path: Path) -> None:
    with new_version(tmp_path, 7) as new:
        assert names(tmp_path) == [new.temporary.name]
        assert parse_version(new.temporary.name) is None
    assert names(tmp_path) == ["7"]


@pytest.mark.parametrize("existing", ["7", "0007"])
def test_existing_version_is_never_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).mkdir()
    with pytest.raises(AlreadyExistsError, match=f"{existing} exists already") as raised:
        write(tmp_path, "new", 7)
    assert "--force" in (raised.value.hint or "")
    assert names(tmp_path) == [existing]


def test_version_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def write_late() -> None:
        with new_version(tmp_path, 7):
            write(tmp_path, "other", 7)

    with pytest.raises(AlreadyExistsError):
        write_late()
    assert (tmp_path / "7" / "saved_model.pb").read_text() == "other"
    assert names(tmp_path) == ["7"]


def test_next_number_taken_meanwhile_gives_the_one_after(tmp_path: Path) -> None:
    with new_version(tmp_path) as new:
        write(tmp_path, "other")
    assert (new.version, names(tmp_path)) == (2, ["1", "2"])


@pytest.mark.parametrize("existing", ["7", "0007"])
def test_force_replaces_the_version(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing / "variables").mkdir(parents=True)
    assert write(tmp_path, "new", 7, force=True) == tmp_path / "7"
    assert names(tmp_path) == ["7"]
    assert names(tmp_path / "7") == ["saved_model.pb"]


def test_force_without_an_existing_version_writes_it(tmp_path: Path) -> None:
    assert write(tmp_path, "new", 7, force=True) == tmp_path / "7"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_failure_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def fail() -> None:
        with new_version(tmp_path / "models" / "m") as new:
            (new.temporary / "variables").mkdir()
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == []


def test_failure_with_force_keeps_the_old_version(tmp_path: Path) -> None:
    def fail() -> None:
        with new_version(tmp_path, 7, force=True):
            raise KeyboardInterrupt

    write(tmp_path, "old", 7)
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (tmp_path / "7" / "saved_model.pb").read_text() == "old"
    assert names(tmp_path) == ["7"]


def test_interrupt_while_renaming_puts_the_old_version_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name.startswith(".tmp"):
            raise KeyboardInterrupt
        return rename(self, target)

    write(tmp_path, "old", 7)
    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, "new", 7, force=True)
    assert (tmp_path / "7" / "saved_model.pb").read_text() == "old"
    assert names(tmp_path) == ["7"]


def test_leftovers_of_dead_processes_are_deleted(tmp_path: Path, dead_process: int) -> None:
    (tmp_path / f".tmp-3-{dead_process}-0-{platform.node()}" / "variables").mkdir(parents=True)
    write(tmp_path, "a")
    assert names(tmp_path) == ["1"]


@pytest.mark.parametrize("host", [platform.node(), "elsewhere"])
def test_directories_of_living_or_distant_processes_stay(tmp_path: Path, dead_process: int, host: str) -> None:
    process = os.getppid() if host == platform.node() else dead_process
    other = tmp_path / f".tmp-3-{process}-0-{host}"
    other.mkdir()
    write(tmp_path, "a")
    assert other.is_dir()


def test_version_renamed_aside_by_a_killed_process_comes_back(tmp_path: Path, dead_process: int) -> None:
    aside = write(tmp_path, "old", 7).rename(tmp_path / f".old-7-{dead_process}-0-{platform.node()}")
    assert write(tmp_path, "new") == tmp_path / "8"
    assert not aside.exists()
    assert (tmp_path / "7" / "saved_model.pb").read_text() == "old"


def test_version_replaced_by_a_killed_process_is_deleted(tmp_path: Path, dead_process: int) -> None:
    write(tmp_path, "old", 7).rename(tmp_path / f".old-7-{dead_process}-0-{platform.node()}")
    (tmp_path / "7").mkdir()
    write(tmp_path, "new", 8)
    assert names(tmp_path) == ["7", "8"]


@pytest.mark.parametrize("version", [0, -1])
def test_version_that_is_not_positive_is_refused_in_tf_servings_words(tmp_path: Path, version: int) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        write(tmp_path / "m", "a", version)
    assert str(raised.value) == "Please specify a positive value for version number."
    assert names(tmp_path) == []


def test_numbers_end_at_64_bits(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="is greater than"):
        write(tmp_path, "a", 2**63)
    write(tmp_path, "a", 2**63 - 1)
    with pytest.raises(OutOfRangeError):
        next_version(tmp_path)


def test_base_path_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "m").touch()
    with pytest.raises(FailedPreconditionError, match="/m: "):
        write(tmp_path / "m", "a")


def test_versions_are_found_by_the_number_that_they_spell(tmp_path: Path) -> None:
    for name in ("1", "0010", "10", "v3", ".tmp-4-1-0-x"):
        (tmp_path / name).mkdir()
    assert find_versions(tmp_path) == {1: [tmp_path / "1"], 10: [tmp_path / "0010", tmp_path / "10"]}


def test_permissions_are_those_of_any_new_directory(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert write(tmp_path / "m", "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
