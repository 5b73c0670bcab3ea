"""§3.1: scanning a base path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conformance.case import ServerCase
from conformance.layout import Content, put
from conformance.play import Play
from conformance.steps import Answers, Logs, Move, Put, Refuses, States, Status, Stays, Take, is_awaited, opened
from serving.reload_calls import entry, listed

_case = partial(ServerCase, section="3.1")
_ALL = "model_version_policy { all {} }"
_SPECIFIC = "model_version_policy { specific { versions: 7 } }"
_GONE = "Could not find base path {home}/m for servable m with error "
_NO_BUNDLE = (
    "Specified file path does not appear to contain a SavedModel bundle"
    " (should have a file called `saved_model.pb`)\nSpecified file path: "
)


def _counts(name: str, version: int) -> ServerCase:
    """A child that is taken for a version."""
    what = f"{name!r} is version {version}" if name != str(version) else f"version {version}"
    return _case(what=what, files={f"m/{name}": 100}, steps=(Answers("m", 100, version=version),))


def _is_ignored(name: str, what: str = "") -> ServerCase:
    """A child that is no version."""
    files: Mapping[str, Content] = {"m/1": 1, f"m/{name}": 100}
    return _case(what=what or f"{name!r} is ignored", files=files, more=_ALL, steps=(Stays("m", {1: "AVAILABLE"}),))


def _upload(play: Play) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    for number in (2, 10):
        put(play.zoo, play.home, f"made/{number}", number)
    MemoryFileSystem().put(str(play.home / "made"), "/conformance/m", recursive=True)


def _delete(play: Play) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    MemoryFileSystem().rm("/conformance", recursive=True)


CASES = (
    # Where a base path may lie.
    _case(what="an absolute base path", files={"m/1": 1}, steps=(Answers("m", 1),)),
    _case(
        what="a base path as a URI of this machine",
        files={"m/1": 1},
        config=listed(entry("m", "file://{home}/m")),
        steps=(Answers("m", 1),),
    ),
    _case(
        what="a base path that ends in a slash",
        files={"m/1": 1},
        config=listed(entry("m", "{home}/m/")),
        steps=(Answers("m", 1),),
    ),
    _case(
        what="a relative base path",
        files={"m/1": 1},
        config=listed(entry("m", "{relative}/m")),
        steps=(Answers("m", 1),),
        difference="relative base paths",
    ),
    _case(
        what="an empty base path",
        config=listed(entry("m", "")),
        refused=(
            "INVALID_ARGUMENT",
            "Expected model m to have an absolute path or URI; got base_path()=",
        ),
    ),
    # Which children are versions.
    _counts("1", 1),
    _counts("0", 0),
    _counts("00000123", 123),
    _counts("+5", 5),
    _counts("-4", -4),
    _counts(" 7", 7),
    _counts("8 ", 8),
    _counts("20170111173521", 20170111173521),
    _counts("9223372036854775807", 9223372036854775807),
    _is_ignored("5.denied"),
    _is_ignored("v1"),
    _is_ignored("tmp"),
    _is_ignored("9223372036854775808", "a number beyond int64 is ignored"),
    _is_ignored("1e3"),
    _is_ignored("0x10"),
    _is_ignored("1_000"),
    _is_ignored("2.0"),
    _is_ignored("2 3"),
    _is_ignored("٣", "a digit that is not ASCII is ignored"),
    # What a version is, is seen when it is loaded.
    _case(
        what="a regular file is a version that fails to load",
        files={"m/1": 1},
        steps=(
            Put("m/5", b"not a directory"),
            Status("m", 5, "END", "NOT_FOUND", f"{_NO_BUNDLE}{{home}}/m/5"),
            Answers("m", 1),
        ),
    ),
    # Twice the same number.
    _case(
        what="of two with the same number latest takes the lexicographically greatest",
        files={"m/007": 70, "m/7": 7, "m/07": 71},
        steps=(Answers("m", 7, version=7), States("m", {7: "AVAILABLE"}), Logs("'7' is used")),
    ),
    _case(
        what="of two with the same number specific takes the lexicographically greatest",
        files={"m/007": 70, "m/07": 71},
        more=_SPECIFIC,
        steps=(Answers("m", 71, version=7), States("m", {7: "AVAILABLE"}), Logs("'07' is used")),
    ),
    _case(
        what="of two with the same number all takes the first",
        files={"m/007": 70, "m/7": 7, "m/07": 71},
        more=_ALL,
        steps=(Answers("m", 70, version=7), States("m", {7: "AVAILABLE"}), Logs("'007' is used")),
    ),
    _case(
        what="on a store the names of objects are cut at the first slash",
        config=listed(entry("m", "memory://conformance/m", _ALL)),
        is_awaited=False,
        steps=(_upload, opened, States("m", {10: "AVAILABLE", 2: "AVAILABLE"}), Answers("m", 10), _delete),
    ),
    # A missing base path.
    _case(
        what="a missing base path is logged",
        config=listed(entry("m", "{home}/m")),
        is_awaited=False,
        steps=(
            is_awaited,
            Logs("FileSystemStoragePathSource encountered a filesystem access error: " + _GONE),
        ),
    ),
    _case(
        what="a base path that is a regular file is missing no less",
        files={"m": b"", "n/1": 1},
        config=listed(entry("m", "{home}/m"), entry("n", "{home}/n")),
        steps=(
            Logs("FileSystemStoragePathSource encountered a filesystem access error: "),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Latest(m)"),
        ),
    ),
    _case(
        what="versions stay loaded when the base path goes",
        files={"m/1": 1},
        steps=(Move("m", "away"), Logs(_GONE), Stays("m", {1: "AVAILABLE"}), Answers("m", 1)),
    ),
    _case(
        what="a base path that goes holds nobody up who comes",
        files={"m/1": 1, "n/1": 1},
        steps=(Move("m", "away"), Logs(_GONE), Put("n/2", 2), States("n", {2: "AVAILABLE", 1: "END"})),
        difference="broken base path",
    ),
    _case(
        what="a base path that goes holds nobody up who goes",
        files={"m/1": 1, "n/1": 1, "n/2": 2},
        more=_ALL,
        steps=(Move("m", "away"), Logs(_GONE), Take("n/1"), States("n", {2: "AVAILABLE", 1: "END"})),
        difference="broken base path",
    ),
    _case(
        what="a base path that comes back is followed again",
        files={"m/1": 1},
        steps=(
            Move("m", "away"),
            Logs(_GONE),
            Put("away/2", 2),
            Move("away", "m"),
            States("m", {2: "AVAILABLE", 1: "END"}),
        ),
    ),
    # A base path without versions.
    _case(
        what="an empty base path is awaited at the start",
        files={"m": None},
        config=listed(entry("m", "{home}/m")),
        is_awaited=False,
        steps=(is_awaited, Put("m/1", 1), opened, Answers("m", 1)),
    ),
    _case(
        what="without any version all are unloaded",
        files={"m/1": 1, "m/2": 2},
        more=_ALL,
        steps=(Move("m/1", "m/one"), Move("m/2", "m/two"), States("m", {2: "END", 1: "END"})),
    ),
    _case(
        what="when the last version goes it is unloaded",
        files={"m/1": 1},
        steps=(
            Take("m/1"),
            Status("m", 1, "END", text=""),
            Refuses("m", "NOT_FOUND", "Servable not found for request: Latest(m)"),
        ),
    ),
    _case(
        what="without any version the log names servable and path",
        files={"m/1": 1},
        steps=(Take("m/1"), Logs("No versions of servable m found under base path {home}/m.")),
    ),
    _case(
        what="a base path without versions holds nobody up",
        files={"m": None, "n/1": 1},
        config=listed(entry("m", "{home}/m"), entry("n", "{home}/n")),
        steps=(Answers("n", 1), Put("m/1", 1), States("m", {1: "AVAILABLE"})),
        difference="broken base path",
    ),
)
