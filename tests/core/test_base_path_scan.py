from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfsctl.core import LocalFileSystem, Location, ServableConfig
from tfsctl.core.base_path_scan import BasePathScan, scan_base_path
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from tfsctl.versions import AllPolicy, LatestPolicy, ServableVersionPolicy, SpecificPolicy


class _Unlistable(LocalFileSystem):
    """A base path whose children can only be asked for by name."""

    def children(self, directory: Location) -> list[str]:
        raise PermissionError(13, "Permission denied", str(directory))


def _scan(
    base_path: Path, policy: ServableVersionPolicy | None = None, file_system: LocalFileSystem | None = None
) -> BasePathScan:
    config = ServableConfig(name="m", base_path=base_path, version_policy=policy or LatestPolicy())
    return scan_base_path(config, file_system or LocalFileSystem())


def _make(base_path: Path, *names: str) -> None:
    for name in names:
        (base_path / name).mkdir()


def _found(scan: BasePathScan) -> list[tuple[int, str]]:
    return [(one.version, Path(one.path).name) for one in scan.storage_paths]


@pytest.mark.parametrize(
    ("policy", "versions"),
    [
        (LatestPolicy(), [10]),
        (LatestPolicy(0), [10]),
        (LatestPolicy(2), [10, 9]),
        (LatestPolicy(99), [10, 9, 1]),
        (AllPolicy(), [10, 9, 1]),
        (SpecificPolicy((1, 10)), [10, 1]),
        (SpecificPolicy((9, 77)), [9]),
    ],
)
def test_scan_follows_the_version_policy(tmp_path: Path, policy: ServableVersionPolicy, versions: list[int]) -> None:
    _make(tmp_path, "1", "9", "10")

    scan = _scan(tmp_path, policy)

    assert _found(scan) == [(version, str(version)) for version in versions]
    assert scan.problem is None


def test_scan_counts_only_names_that_are_numbers(tmp_path: Path) -> None:
    _make(tmp_path, "00000123", "5.denied", "v1", "tmp", ".7", "1e3", "20170111173521", "-4")

    assert _found(_scan(tmp_path, AllPolicy())) == [(20170111173521, "20170111173521"), (123, "00000123"), (-4, "-4")]


def test_scan_takes_a_file_named_like_a_version_for_one(tmp_path: Path) -> None:
    (tmp_path / "5").write_text("not a directory")

    assert _found(_scan(tmp_path)) == [(5, "5")]


@pytest.mark.parametrize(
    ("policy", "name"), [(LatestPolicy(), "7"), (SpecificPolicy((7, 8)), "7"), (AllPolicy(), "007")]
)
def test_scan_of_a_number_twice_takes_one_and_warns(tmp_path: Path, policy: ServableVersionPolicy, name: str) -> None:
    _make(tmp_path, "007", "7", "07")

    scan = _scan(tmp_path, policy)

    assert _found(scan) == [(7, name)]
    assert f"{name!r} is used" in " ".join(scan.warnings)


def test_scan_for_specific_versions_finds_them_under_leading_zeros(tmp_path: Path) -> None:
    _make(tmp_path, "0001", "2")

    assert _found(_scan(tmp_path, SpecificPolicy((1, 2)))) == [(2, "2"), (1, "0001")]


def test_scan_for_specific_versions_that_all_exist_does_not_list_the_directory(tmp_path: Path) -> None:
    _make(tmp_path, "1", "2", "3")

    assert _found(_scan(tmp_path, SpecificPolicy((1, 3)), _Unlistable())) == [(3, "3"), (1, "1")]


def test_scan_for_an_absent_specific_version_warns(tmp_path: Path) -> None:
    _make(tmp_path, "1")

    scan = _scan(tmp_path, SpecificPolicy((1, 5)))

    assert [warning.split(",")[0] for warning in scan.warnings] == ["Version 5 of servable m"]


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        (LatestPolicy(), "Did you forget to name your leaf directory as a number (eg. '/1/')?"),
        (AllPolicy(), "Did you forget to name your leaf directory as a number (eg. '/1/')?"),
        (SpecificPolicy((5,)), "None of the 'specific' versions is there; present: none."),
        (SpecificPolicy(()), "The 'specific' version policy lists no versions."),
    ],
)
def test_scan_without_a_version_aspires_to_nothing_and_says_why(
    tmp_path: Path, policy: ServableVersionPolicy, hint: str
) -> None:
    _make(tmp_path, "assets", "variables")

    scan = _scan(tmp_path, policy)

    assert scan.storage_paths == ()
    assert isinstance(scan.problem, NotFoundError)
    assert scan.problem.message == f"No versions of servable m found under base path {tmp_path}."
    assert scan.problem.hint == hint


def test_scan_without_the_specific_versions_names_those_present(tmp_path: Path) -> None:
    _make(tmp_path, "3", "1")

    problem = _scan(tmp_path, SpecificPolicy((5, 6))).problem

    assert problem is not None
    assert problem.hint == "None of the 'specific' versions is there; present: 1, 3."


def test_scan_of_a_missing_base_path_raises_with_tf_servings_text(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"

    with pytest.raises(InvalidArgumentError) as caught:
        _scan(missing)

    assert caught.value.message == (
        f"Could not find base path {missing} for servable m with error NOT_FOUND: {missing} not found"
    )


def test_scan_of_a_base_path_that_is_a_file_raises(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_text("")

    with pytest.raises(FailedPreconditionError, match="model; Not a directory"):
        _scan(file)


def test_scan_of_an_unreadable_base_path_raises(tmp_path: Path) -> None:
    with pytest.raises(PermissionDeniedError, match="; Permission denied"):
        _scan(tmp_path, file_system=_Unlistable())


def test_scan_follows_symbolic_links(tmp_path: Path) -> None:
    _make(tmp_path, "real")
    (tmp_path / "real" / "1").mkdir()
    os.symlink(tmp_path / "real", tmp_path / "link")

    assert _found(_scan(tmp_path / "link")) == [(1, "1")]


class _Store(LocalFileSystem):
    """A place that is a URI, with two versions."""

    def exists(self, path: Location) -> bool:
        raise AssertionError("a listing says it all")

    def children(self, directory: Location) -> list[str]:
        if directory != "s3://bucket/m":
            raise FileNotFoundError(2, "The specified bucket does not exist", directory)
        return ["1", "0002"]


def test_scan_of_a_uri_lists_once_and_keeps_it_whole() -> None:
    config = ServableConfig(name="m", base_path="s3://bucket/m", version_policy=SpecificPolicy((1, 2)))

    scan = scan_base_path(config, _Store())

    assert [one.path for one in scan.storage_paths] == ["s3://bucket/m/0002", "s3://bucket/m/1"]


def test_scan_of_a_missing_uri_hints_at_what_the_store_says() -> None:
    with pytest.raises(InvalidArgumentError, match="Could not find base path s3://none/m for servable m") as caught:
        scan_base_path(ServableConfig(name="m", base_path="s3://none/m"), _Store())

    assert caught.value.hint == "The specified bucket does not exist"
