"""Which keys of a store are files of a version, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest

from tfsctl.errors import InvalidArgumentError, UnimplementedError
from tfsctl.serving.remote.file import files_of, total_size


def found(**sizes: int | None) -> dict[str, dict[str, Any]]:
    return {f"b/m/1{name}": {"type": "file", "size": size} for name, size in sizes.items()}


def paths(listing: dict[str, dict[str, Any]]) -> list[str]:
    return [file.path for file in files_of("s3://b/m/1", "b/m/1", listing)]


def test_files_are_those_below_the_version_in_order() -> None:
    files = files_of("s3://b/m/1", "b/m/1", found(**{"/variables/v": 3, "/saved_model.pb": 4}))
    assert [(file.path, file.uri, file.size) for file in files] == [
        ("saved_model.pb", "s3://b/m/1/saved_model.pb", 4),
        ("variables/v", "s3://b/m/1/variables/v", 3),
    ]
    assert total_size(files) == 7


def test_keys_that_stand_for_directories_are_left_out() -> None:
    listing = found(**{"": 0, "/": 0, "/variables": 0, "/variables/": 5, "/variables/v": 1, "/a": 1})
    listing["b/m/1/assets"] = {"type": "directory", "size": 0}
    assert paths(listing) == ["a", "variables/v"]


@pytest.mark.parametrize(
    "key", ["/../evil", "/a/../../evil", "/..", "/a/./b", "/a//b", "//etc/passwd", "/a\\..\\b", "/C:evil", "/a\0b"]
)
def test_keys_that_lead_elsewhere_are_refused(key: str) -> None:
    with pytest.raises(InvalidArgumentError, match="is no name for a file of a model") as caught:
        paths(found(**{"/saved_model.pb": 1, key: 1}))
    assert caught.value.hint == "Delete or rename this object."


def test_file_of_unknown_size_is_refused() -> None:
    with pytest.raises(UnimplementedError, match="s3://b/m/1/x: the store does not tell its size"):
        paths(found(**{"/x": None}))


def test_file_that_was_written_again_differs() -> None:
    def one(**about: Any) -> Any:
        return files_of("s3://b/m/1", "b/m/1", {"b/m/1/x": {"type": "file", "size": 1, **about}})

    assert one(ETag="a", Owner="o") == one(ETag="a", Owner="p")
    assert one(ETag="a") != one(ETag="b")
    assert one(LastModified=1) != one(LastModified=2)
