"""Which models the paths on a command line mean, and what is said about those that mean none."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tfsctl.core import Location
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from tfsctl.serving.models.model_discovery import discover


def version(*parts: str | Path) -> Path:
    """A directory that looks like a version of a model."""
    path = Path(*parts)
    path.mkdir(parents=True)
    (path / "saved_model.pb").touch()
    return path


def found(*arguments: str | Path) -> list[tuple[str, Location]]:
    return [(model.name, model.base_path) for model in discover([str(argument) for argument in arguments])]


def test_a_base_path_is_a_model_named_after_it(tmp_path: Path) -> None:
    version(tmp_path, "half", "00000123")
    assert found(tmp_path / "half") == [("half", tmp_path / "half")]


def test_a_directory_of_base_paths_is_all_of_them(tmp_path: Path) -> None:
    for name in ("b", "a", ".cache"):
        version(tmp_path, name, "1")
    (tmp_path / "notes").mkdir()
    (tmp_path / "readme.txt").touch()
    assert found(tmp_path) == [("a", tmp_path / "a"), ("b", tmp_path / "b")]


def test_a_name_before_the_path_names_the_model(tmp_path: Path) -> None:
    version(tmp_path, "half", "1")
    assert found(f"mine={tmp_path}/half") == [("mine", tmp_path / "half")]


def test_a_path_that_exists_may_have_an_equals_sign(tmp_path: Path) -> None:
    version(tmp_path, "lr=0.1", "1")
    assert found(tmp_path / "lr=0.1") == [("lr=0.1", tmp_path / "lr=0.1")]


def test_relative_paths_are_made_absolute_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version(tmp_path, "half", "1")
    monkeypatch.chdir(tmp_path / "half")
    assert found(".") == [("half", tmp_path / "half")]
    assert found("../half/") == [("half", tmp_path / "half")]


def test_a_link_to_a_base_path_stays_a_link(tmp_path: Path) -> None:
    version(tmp_path, "half-v7", "1")
    (tmp_path / "half").symlink_to(tmp_path / "half-v7")
    assert found(tmp_path / "half") == [("half", tmp_path / "half")]


def test_a_path_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere") as caught:
        discover([f"{tmp_path}/nowhere"])
    assert caught.value.hint is not None
    assert "tfsctl export" in caught.value.hint


def test_a_file_uri_is_a_path_of_this_machine(tmp_path: Path) -> None:
    version(tmp_path, "half=1", "1")
    assert found(f"file://{tmp_path}/half=1") == [("half=1", tmp_path / "half=1")]
    assert found(f"mine=file://{tmp_path}/half=1/") == [("mine", tmp_path / "half=1")]


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    version(tmp_path, "a", "m", "1")
    version(tmp_path, "b", "m", "1")
    with pytest.raises(InvalidArgumentError, match="Two models are named m") as caught:
        discover([f"{tmp_path}/a", f"{tmp_path}/b/m"])
    assert caught.value.hint == f"Name one of them otherwise: NAME={tmp_path}/b/m"


@pytest.mark.parametrize("file", ["", "saved_model.pb"])
def test_a_version_directory_is_refused_with_the_command_for_the_one_above(tmp_path: Path, file: str) -> None:
    path = version(tmp_path, "half", "7") / file
    with pytest.raises(FailedPreconditionError, match="one version of a model") as caught:
        discover([f"mine={path}"])
    assert caught.value.hint == f"Serve the directory above it: tfsctl serve mine={tmp_path}/half"


def test_a_saved_model_without_a_version_is_refused_with_the_export_command(tmp_path: Path) -> None:
    path = version(tmp_path, "half")
    with pytest.raises(FailedPreconditionError) as caught:
        discover([str(path)])
    assert caught.value.hint is not None
    assert f"tfsctl export {path} --name half" in caught.value.hint


def test_version_directories_with_letters_are_refused_with_the_command_that_renames(tmp_path: Path) -> None:
    version(tmp_path, "half", "v1")
    with pytest.raises(FailedPreconditionError, match="No versions of servable half found") as caught:
        discover([f"{tmp_path}/half"])
    assert caught.value.hint is not None
    assert f"mv {tmp_path}/half/v1 {tmp_path}/half/1" in caught.value.hint


def test_an_empty_directory_and_a_strange_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.keras").touch()
    with pytest.raises(FailedPreconditionError, match="is not a directory"):
        discover([f"{tmp_path}/model.keras"])
    with pytest.raises(FailedPreconditionError, match="No versions of servable"):
        discover([str(tmp_path)])


def test_a_name_for_a_directory_of_models_is_refused(tmp_path: Path) -> None:
    version(tmp_path, "half", "1")
    with pytest.raises(FailedPreconditionError, match="directory of models") as caught:
        discover([f"mine={tmp_path}"])
    assert caught.value.hint is not None
    assert f"tfsctl serve mine={tmp_path}/half" in caught.value.hint


def test_a_directory_that_may_not_be_read_says_so(nobody: None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "locked").mkdir(mode=0o000)
        with pytest.raises(PermissionDeniedError):
            discover([f"{directory}/locked"])
