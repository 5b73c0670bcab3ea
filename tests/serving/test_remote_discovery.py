"""Which models the URIs on a command line mean, in memory instead of on a store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from tfsctl.core import Location
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from tfsctl.serving.models.model_discovery import discover

ROOT = "memory://discovery"


@pytest.fixture(autouse=True)
def _models() -> Iterator[None]:
    memory = MemoryFileSystem()
    for path in ("a/1/saved_model.pb", "b/0002/x", "lr=0.1/3/x", "notes/readme.md", "file", "flat/saved_model.pb"):
        memory.pipe(f"/discovery/{path}", b"x")
    yield
    memory.rm("/discovery", recursive=True)


def found(*arguments: str) -> list[tuple[str, Location]]:
    return [(model.name, model.base_path) for model in discover(arguments)]


@pytest.mark.parametrize(
    ("argument", "models"),
    [
        (f"{ROOT}/a/", [("a", f"{ROOT}/a")]),
        (f"mine={ROOT}/a", [("mine", f"{ROOT}/a")]),
        (f"{ROOT}/lr=0.1", [("lr=0.1", f"{ROOT}/lr=0.1")]),
        (ROOT, [("a", f"{ROOT}/a"), ("b", f"{ROOT}/b"), ("lr=0.1", f"{ROOT}/lr=0.1")]),
    ],
)
def test_a_uri_is_a_base_path_or_a_directory_of_such(argument: str, models: list[tuple[str, Location]]) -> None:
    assert found(argument) == models


def test_a_uri_with_nothing_there_is_refused_at_once() -> None:
    with pytest.raises(NotFoundError, match=f"{ROOT}/none not found"):
        discover([f"{ROOT}/none"])


@pytest.mark.parametrize(
    ("argument", "message", "hint"),
    [
        (f"{ROOT}/notes", "No versions of servable notes found under base path", "names 1, 2"),
        (f"{ROOT}/file", "is an object, not a directory", "base path"),
        (f"x={ROOT}/a/1", "is one version of a model", f"tfsctl serve x={ROOT}/a"),
        (f"{ROOT}/flat", "is one version of a model", f"{ROOT}/flat/1/"),
        (f"x={ROOT}", "is a directory of models", f"tfsctl serve x={ROOT}/a"),
    ],
)
def test_a_uri_that_is_no_base_path_is_refused_with_what_would_be_right(argument: str, message: str, hint: str) -> None:
    with pytest.raises(FailedPreconditionError, match=message) as caught:
        discover([argument])
    assert hint in str(caught.value.hint)


def test_a_uri_that_nothing_reads_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="File system scheme 'warp' not implemented"):
        discover(["warp://b/m"])
