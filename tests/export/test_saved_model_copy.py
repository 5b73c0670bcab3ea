"""SavedModels copied into the version layout."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tfsctl.errors import DataLossError, InvalidArgumentError, NotFoundError
from tfsctl.export.saved_model_copy import find_saved_model, saved_model_name, write_saved_model_copy


@pytest.fixture
def source(zoo: Path, tmp_path: Path) -> Path:
    """half_plus_two, with variables and an asset."""
    return Path(shutil.copytree(zoo / "half_plus_two" / "1", tmp_path / "half_plus_two" / "1"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target"
    path.mkdir()
    return path


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_copy_has_every_file(source: Path, target: Path) -> None:
    write_saved_model_copy(source, target)
    assert files(target) == files(source)
    assert "assets/foo.txt" in files(target)


def test_base_path_means_its_newest_version(source: Path) -> None:
    shutil.copytree(source, source.parent / "10")
    (source.parent / "11").mkdir()
    assert find_saved_model(source.parent) == source.parent / "10"


def test_name_is_the_directorys_or_the_base_paths(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert saved_model_name(source) == "half_plus_two"
    assert saved_model_name(target) == "target"
    monkeypatch.chdir(source)
    assert saved_model_name(Path()) == "half_plus_two"


def test_directory_without_a_saved_model_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no SavedModel in .*: neither a file saved_model\.pb nor a version"):
        find_saved_model(tmp_path)


@pytest.mark.parametrize("missing", ["variables/variables.index", "variables/variables.data-00000-of-00001"])
def test_missing_variables_are_named(source: Path, target: Path, missing: str) -> None:
    (source / missing).unlink()
    with pytest.raises(DataLossError, match=f"{missing} is missing"):
        write_saved_model_copy(source, target)
    assert files(target) == {}


def test_missing_shard_is_named(source: Path, target: Path) -> None:
    variables = source / "variables"
    (variables / "variables.data-00000-of-00001").rename(variables / "variables.data-00001-of-00002")
    with pytest.raises(DataLossError, match=r"variables\.data-00000-of-00002 is missing"):
        write_saved_model_copy(source, target)


def test_missing_asset_is_named(source: Path, target: Path) -> None:
    (source / "assets" / "foo.txt").unlink()
    with pytest.raises(DataLossError, match=r"assets/foo.txt is missing"):
        write_saved_model_copy(source, target)


def test_truncated_file_is_refused(zoo: Path, target: Path) -> None:
    with pytest.raises(DataLossError, match="Can't parse"):
        write_saved_model_copy(zoo / "truncated_saved_model" / "1", target)


def test_model_without_the_serve_tag_is_refused(zoo: Path, target: Path) -> None:
    with pytest.raises(NotFoundError, match=r"supplied tags: \{ serve \}"):
        write_saved_model_copy(zoo / "without_serve_tag" / "1", target)


def test_link_within_the_model_is_copied_as_a_file(source: Path, target: Path) -> None:
    (source / "assets" / "link.txt").symlink_to("foo.txt")
    write_saved_model_copy(source, target)
    assert not (target / "assets" / "link.txt").is_symlink()
    assert (target / "assets" / "link.txt").read_text() == "asset-file-contents"


def test_link_to_the_model_itself_is_followed(source: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(source)
    write_saved_model_copy(tmp_path / "current", target)
    assert files(target) == files(source)


def test_links_out_of_the_model_and_to_directories_are_refused(source: Path, target: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for pointed_at in (tmp_path / "secret", tmp_path, Path(".."), Path("../variables")):
        link = source / "assets" / "link"
        link.symlink_to(pointed_at)
        with pytest.raises(InvalidArgumentError, match="assets/link is a link to"):
            write_saved_model_copy(source, target)
        link.unlink()
    assert files(target) == {}


def test_broken_link_and_pipe_are_refused(source: Path, target: Path) -> None:
    odd = source / "odd"
    odd.symlink_to("nowhere")
    with pytest.raises(DataLossError, match="odd is a broken link"):
        write_saved_model_copy(source, target)
    odd.unlink()
    os.mkfifo(odd)
    with pytest.raises(InvalidArgumentError, match="odd is neither a file nor a directory"):
        write_saved_model_copy(source, target)


def test_copy_into_the_model_itself_is_refused(source: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="lies inside of the SavedModel"):
        write_saved_model_copy(source, source / "models" / "m" / "1")
