"""A version that failed has a new life once its files have changed, and have settled."""

from __future__ import annotations

import pytest

from tfsctl.core import Location, ManagerState, ServableId, ServableState, StoragePath
from tfsctl.errors import CancelledError, DataLossError, TfsctlError, UnavailableError
from tfsctl.serving.models.failed_versions import FailedVersions, Files

V1, V2 = StoragePath(1, "s3://b/m/1"), StoragePath(2, "s3://b/m/2")


class Stage:
    """Versions 1 and 2 of a model; what 2 holds changes. `now` is the time."""

    def __init__(self, files: str) -> None:
        self.files = files
        self.now = 0.0
        self.listing_seconds = 0.0
        self.listed: list[Location] = []
        self.problem: Exception | None = None
        self.tried: list[int] = []
        self.failed = FailedVersions(self._list, try_again=self._try_again, clock=lambda: self.now)

    def fail(
        self, *states: ManagerState, files: Files = "", error: TfsctlError | None = None, location: Location = V2.path
    ) -> None:
        """Have version 2 end, after an attempt with these files: those that are there, if none are given."""
        self.publish(ManagerState.START)
        self.failed.note_attempt(ServableId("m", 2), location, self.files if files == "" else files)
        self.publish(*states or (ManagerState.END,), error=error or DataLossError("truncated"))

    def publish(self, *states: ManagerState, error: TfsctlError | None = None) -> None:
        for state in states:
            self.failed.on_state(ServableState(ServableId("m", 2), state, error))

    def poll(self, files: str = "", *, path: StoragePath = V2) -> list[int]:
        """The versions that are tried again now."""
        self.files = files or self.files
        self.tried = []
        self.failed.look("m", [path, V1])
        return self.tried

    def _list(self, location: Location) -> Files:
        self.listed.append(location)
        self.now += self.listing_seconds
        if self.problem is not None:
            raise self.problem
        return self.files

    def _try_again(self, name: str, found: StoragePath) -> None:
        assert name == "m"
        self.tried.append(found.version)


def test_nothing_is_listed_for_versions_that_did_not_fail() -> None:
    stage = Stage("a")
    stage.publish(ManagerState.START)
    stage.failed.note_attempt(ServableId("m", 2), V2.path, "a")
    stage.publish(ManagerState.LOADING, ManagerState.AVAILABLE)
    assert stage.poll() == []
    assert stage.listed == []


def test_only_the_version_that_failed_is_listed() -> None:
    stage = Stage("a")
    stage.fail()
    stage.poll()
    assert stage.listed == [V2.path]


def test_version_that_failed_and_does_not_change_stays() -> None:
    stage = Stage("a")
    stage.fail()
    assert [stage.poll() for _ in range(4)] == [[]] * 4


def test_version_whose_changed_files_have_settled_is_tried_once() -> None:
    stage = Stage("a")
    stage.fail()
    assert [stage.poll(files) for files in ("ab", "abc", "abc", "abc", "abcd", "abcd")] == [[], [], [2], [], [], []]


def test_files_that_changed_while_they_were_tried_count_as_changed() -> None:
    stage = Stage("ab")
    stage.fail(files="a")
    assert [stage.poll(), stage.poll()] == [[], [2]]


def test_version_that_fails_again_waits_for_the_next_change() -> None:
    stage = Stage("ab")
    stage.fail(files="a")
    assert [stage.poll(), stage.poll()] == [[], [2]]
    stage.fail()
    assert [stage.poll(files) for files in ("ab", "ab", "abc", "abc")] == [[], [], [], [2]]


def test_version_that_is_as_it_was_again_is_not_tried() -> None:
    stage = Stage("a")
    stage.fail()
    assert [stage.poll(files) for files in ("ab", "a", "a", "a")] == [[]] * 4


@pytest.mark.parametrize("problem", [UnavailableError("away"), OSError("away")])
def test_files_that_cannot_be_listed_say_nothing(problem: Exception) -> None:
    stage = Stage("ab")
    stage.fail(files="a")
    stage.problem = problem
    assert [stage.poll() for _ in range(3)] == [[]] * 3
    stage.problem = None
    assert [stage.poll(), stage.poll()] == [[], [2]]


def test_files_that_are_not_to_blame_are_tried_again_unchanged() -> None:
    stage = Stage("a")
    stage.fail(files=None)
    assert [stage.poll(), stage.poll()] == [[], [2]]


def test_files_that_nobody_listed_are_those_seen_first() -> None:
    stage = Stage("a")
    stage.publish(ManagerState.END, error=DataLossError("truncated"))
    assert [stage.poll(files) for files in ("a", "a", "ab", "ab")] == [[], [], [], [2]]


def test_same_version_at_another_place_is_tried() -> None:
    stage = Stage("a")
    stage.fail(location="s3://old/m/2")
    assert [stage.poll(), stage.poll()] == [[], [2]]


@pytest.mark.parametrize("error", [None, CancelledError("Loading of servable cancelled")])
def test_version_that_ended_because_nobody_wanted_it_is_not_watched(error: TfsctlError | None) -> None:
    stage = Stage("a")
    stage.publish(ManagerState.END, error=error)
    stage.poll()
    assert stage.listed == []


def test_version_that_began_anew_by_itself_is_not_watched() -> None:
    stage = Stage("a")
    stage.fail()
    stage.publish(ManagerState.START)
    stage.poll("ab")
    assert stage.listed == []


def test_version_that_is_gone_is_forgotten_and_others_are_not() -> None:
    stage = Stage("ab")
    stage.fail(files="a")
    stage.failed.keep("other", ())
    stage.failed.keep("m", {1, 2})
    assert [stage.poll(), stage.poll()] == [[], [2]]

    stage.fail(files="a")
    stage.failed.keep("m", {1})
    assert [stage.poll() for _ in range(3)] == [[]] * 3


def test_slow_listings_take_a_twentieth_of_the_time() -> None:
    stage = Stage("a")
    stage.fail()
    stage.listing_seconds = 1.0
    while stage.now < 100:
        stage.poll()
        stage.now += 1.0
    assert len(stage.listed) == 5
