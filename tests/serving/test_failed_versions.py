"""A version on a store that failed has a new life once its files have changed, and have settled."""

from __future__ import annotations

from tfsctl.errors import UnavailableError
from tfsctl.serving.remote.failed_versions import FailedVersions, Files
from tfsctl.serving.remote.file import RemoteFile

BASE_PATH = "s3://b/m"
V2 = f"{BASE_PATH}/2"


def files(*names: str) -> Files:
    return tuple(RemoteFile(path=name, uri=f"{V2}/{name}", size=1, mark="") for name in names)


class Stage:
    """A base path with the versions 1 and 2; what 2 holds changes."""

    def __init__(self, *now: str) -> None:
        self.now = files(*now)
        self.num_listings = 0
        self.is_away = False
        self.failed = FailedVersions(self._list)

    def poll(self, *now: str, names: tuple[str, ...] = ("1", "2")) -> list[str]:
        if now:
            self.now = files(*now)
        return list(self.failed.without_changed(BASE_PATH, names))

    def _list(self, uri: str) -> Files:
        assert uri == V2
        self.num_listings += 1
        if self.is_away:
            raise UnavailableError("away")
        return self.now


def test_nothing_is_listed_for_versions_that_did_not_fail() -> None:
    stage = Stage()
    assert stage.poll() == ["1", "2"]
    assert stage.num_listings == 0


def test_version_that_failed_and_does_not_change_stays() -> None:
    stage = Stage("a")
    stage.failed.note_failure(V2, files("a"))
    assert [stage.poll() for _ in range(4)] == [["1", "2"]] * 4


def test_version_that_failed_is_left_out_once_when_its_changed_files_have_settled() -> None:
    stage = Stage("a")
    stage.failed.note_failure(V2, files("a"))
    assert stage.poll("a", "b") == ["1", "2"]
    assert stage.poll("a", "b", "c") == ["1", "2"]
    assert stage.poll() == ["1"]
    assert stage.poll() == ["1", "2"]


def test_version_whose_new_life_began_is_not_left_out_again() -> None:
    stage = Stage("a", "b")
    stage.failed.note_failure(V2, files("a"))
    assert [stage.poll() for _ in range(2)] == [["1", "2"], ["1"]]
    stage.failed.forget(V2)
    assert [stage.poll() for _ in range(20)] == [["1", "2"]] * 20
    assert stage.num_listings == 2


def test_version_whose_new_life_does_not_begin_is_left_out_again_later() -> None:
    stage = Stage("a", "b")
    stage.failed.note_failure(V2, files("a"))
    polls = [stage.poll() for _ in range(25)]
    assert polls.count(["1"]) == 3


def test_store_that_is_away_says_nothing() -> None:
    stage = Stage("a")
    stage.failed.note_failure(V2, ())
    stage.is_away = True
    assert [stage.poll() for _ in range(3)] == [["1", "2"]] * 3
    stage.is_away = False
    assert [stage.poll() for _ in range(2)] == [["1", "2"], ["1"]]


def test_version_that_is_gone_is_forgotten() -> None:
    stage = Stage("a", "b")
    stage.failed.note_failure(V2, files("a"))
    assert stage.poll(names=("1",)) == ["1"]
    assert [stage.poll() for _ in range(3)] == [["1", "2"]] * 3
