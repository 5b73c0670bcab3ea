"""How base paths are written: paths of this machine and URIs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfsctl.core import Location, child, store_of
from tfsctl.errors import UsageError
from tfsctl.serving import ModelConfig
from tfsctl.serving.models.location import is_uri, parse_location


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("s3://bucket/models/m", "s3://bucket/models/m"),
        ("s3://bucket/m//", "s3://bucket/m"),
        ("gs://bucket", "gs://bucket"),
        ("memory:///m", "memory:///m"),
        ("s3://b/a%20b/../c?d#e", "s3://b/a%20b/../c?d#e"),
        ("file:///srv/models/m/", Path("/srv/models/m")),
        ("/srv//models/../m", Path("/srv/m")),
    ],
)
def test_location_is_a_uri_as_it_stands_or_an_absolute_path(text: str, location: Location) -> None:
    assert parse_location(text) == location
    assert ModelConfig(name="m", base_path=text).base_path == location


def test_relative_path_may_look_a_little_like_a_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s3:").mkdir()
    assert parse_location("s3:/m") == tmp_path / "s3:/m"


def test_uri_that_was_made_a_path_is_refused_with_the_text_to_give(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a Path cannot hold one") as caught:
        ModelConfig(name="m", base_path=Path("s3://bucket/m"))
    assert caught.value.hint == "Give it as text: s3://bucket/m"


def test_file_uri_of_another_machine_is_refused() -> None:
    with pytest.raises(UsageError, match="another machine") as caught:
        parse_location("file://models/m")
    assert caught.value.hint == "Three slashes are this one: file:///models/m"


@pytest.mark.parametrize(
    ("text", "is_one"), [("s3://b", True), ("C:\\models", False), ("m=s3://b", False), ("", False)]
)
def test_uri_begins_with_a_scheme(text: str, is_one: bool) -> None:
    assert is_uri(text) is is_one


def test_children_and_stores_of_locations() -> None:
    assert child("s3://b/m", "1") == "s3://b/m/1"
    assert child("memory://", "1") == "memory://1"
    assert child(Path("/m"), "1") == Path("/m/1")
    assert [store_of(one) for one in ("s3://b/m/n", "gs://b", Path("/m"))] == ["s3://b", "gs://b", ""]
