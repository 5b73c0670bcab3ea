from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from core.fake_loader import PATIENCE_SECONDS, Gate
from tfsctl.core import (
    FileSystemStoragePathSource,
    LocalFileSystem,
    Location,
    ServableConfig,
    StaticStoragePathSource,
    StoragePath,
)
from tfsctl.errors import InvalidArgumentError, NotFoundError, UnknownError
from tfsctl.versions import AllPolicy, LatestPolicy

Source = FileSystemStoragePathSource


class _Target:
    """Remembers what it was told, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[int]]] = []
        self._changed = threading.Condition()

    def __call__(self, name: str, storage_paths: Sequence[StoragePath]) -> None:
        with self._changed:
            self.told.append((name, [one.version for one in storage_paths]))
            self._changed.notify_all()

    def wait_for(self, *told: tuple[str, list[int]]) -> None:
        """Until exactly this was told, in this order, not counting repetitions."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.distinct() == list(told), PATIENCE_SECONDS), self.distinct()

    def wait_for_number(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) >= number, PATIENCE_SECONDS)

    def distinct(self) -> list[tuple[str, list[int]]]:
        return [one for index, one in enumerate(self.told) if one not in self.told[:index]]


@pytest.fixture
def target() -> _Target:
    return _Target()


@pytest.fixture
def make_source(target: _Target) -> Iterator[Callable[..., Source]]:
    """Sources that tell `target`, stopped at the end."""
    sources: list[Source] = []

    def make(*servables: ServableConfig, **options: object) -> Source:
        sources.append(Source(target, servables, **options))  # type: ignore[arg-type]  # The options are the source's.
        return sources[-1]

    yield make
    for source in sources:
        source.stop()


MakeSource = Callable[..., Source]


def _config(tmp_path: Path, name: str = "m", *versions: int, **options: object) -> ServableConfig:
    base_path = tmp_path / name
    base_path.mkdir(exist_ok=True)
    for version in versions:
        (base_path / str(version)).mkdir()
    return ServableConfig(name=name, base_path=base_path, **options)  # type: ignore[arg-type]  # Those of the config.


def _path(config: ServableConfig) -> Path:
    assert isinstance(config.base_path, Path)
    return config.base_path


def test_poll_once_tells_all_aspired_versions_of_every_servable(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    a, b = _config(tmp_path, "a", 1, 2), _config(tmp_path, "b", 3, 4, version_policy=AllPolicy())

    make_source(a, b).poll_once()

    assert target.told == [("a", [2]), ("b", [4, 3])]


def test_poll_tells_the_paths_as_they_are_named(tmp_path: Path) -> None:
    config = _config(tmp_path)
    (_path(config) / "007").mkdir()
    told: list[StoragePath] = []

    Source(lambda _, paths: told.extend(paths), [config]).poll_once()

    assert told == [StoragePath(7, _path(config) / "007")]


def test_source_with_a_positive_period_polls_again_and_again(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    config = _config(tmp_path, "m", 1)
    make_source(config, poll_wait_seconds=0.001).start()
    target.wait_for(("m", [1]))

    (_path(config) / "2").mkdir()
    target.wait_for(("m", [1]), ("m", [2]))
    shutil.rmtree(_path(config) / "2")
    told_before = len(target.told)

    target.wait_for_number(told_before + 2)
    assert target.told[-1] == ("m", [1])


def test_source_polls_at_once_whatever_its_period(tmp_path: Path, target: _Target, make_source: MakeSource) -> None:
    make_source(_config(tmp_path, "m", 1), poll_wait_seconds=3600).start()

    target.wait_for(("m", [1]))


def test_source_with_period_zero_polls_once_and_again_for_new_servables(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    source = make_source(_config(tmp_path, "a", 1), poll_wait_seconds=0)
    source.start()
    assert source.wait_until_polled(timeout_seconds=PATIENCE_SECONDS)
    assert target.told == [("a", [1])]

    source.set_servables([_config(tmp_path, "b", 2)])

    target.wait_for(("a", [1]), ("a", []), ("b", [2]))


def test_source_with_a_negative_period_never_polls_by_itself(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    source = make_source(_config(tmp_path, "m", 1), poll_wait_seconds=-1)

    source.start()
    source.set_servables([_config(tmp_path, "other", 1)])
    before = (source.has_polled, list(target.told))
    source.poll_once()

    assert before == (False, [("m", [])])
    assert source.has_polled
    assert target.told == [("m", []), ("other", [1])]


def test_missing_base_path_is_a_problem_of_its_servable_only(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    missing = ServableConfig(name="missing", base_path=tmp_path / "nowhere")
    source = make_source(missing, _config(tmp_path, "good", 1))

    source.poll_once()

    assert target.told == [("good", [1])]
    assert source.problem("good") is None
    problem = source.problem("missing")
    assert isinstance(problem, InvalidArgumentError)
    assert problem.message.startswith(f"Could not find base path {tmp_path}/nowhere for servable missing")


def test_base_path_that_vanishes_leaves_what_was_told(tmp_path: Path, target: _Target, make_source: MakeSource) -> None:
    config = _config(tmp_path, "m", 1)
    source = make_source(config)
    source.poll_once()

    shutil.rmtree(_path(config))
    source.poll_once()
    assert isinstance(source.problem("m"), InvalidArgumentError)
    assert target.told == [("m", [1])]

    _config(tmp_path, "m", 1)
    source.poll_once()
    assert source.problem("m") is None


def test_base_path_without_versions_asks_to_unload_everything(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    config = _config(tmp_path, "m", 1)
    source = make_source(config)
    source.poll_once()

    (_path(config) / "1").rename(_path(config) / "v1")
    source.poll_once()

    assert target.told == [("m", [1]), ("m", [])]
    assert isinstance(source.problem("m"), NotFoundError)


def test_problem_is_logged_once_until_it_changes(
    tmp_path: Path, make_source: MakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    config = _config(tmp_path)
    source = make_source(config)

    for _ in range(3):
        source.poll_once()
    assert caplog.text.count("No versions of servable m found under base path") == 1
    assert caplog.text.count("Did you forget to name your leaf directory as a number (eg. '/1/')?") == 1

    _path(config).rmdir()
    for _ in range(3):
        source.poll_once()
    assert caplog.text.count("FileSystemStoragePathSource encountered a filesystem access error") == 1


def test_problem_that_comes_back_is_logged_again(
    tmp_path: Path, make_source: MakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    config = _config(tmp_path)
    source = make_source(config)
    for _ in range(2):
        source.poll_once()
        (_path(config) / "1").mkdir()
        source.poll_once()
        (_path(config) / "1").rmdir()

    assert caplog.text.count("No versions of servable m") == 2


def test_set_servables_tells_that_the_absent_are_gone_and_forgets_their_problems(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    kept, empty = _config(tmp_path, "kept", 1), _config(tmp_path, "empty")
    source = make_source(kept, empty)
    source.poll_once()
    before = source.has_polled

    source.set_servables([kept])

    assert (before, source.has_polled) == (True, False)
    assert target.told == [("kept", [1]), ("empty", []), ("empty", [])]
    assert source.problem("empty") is None


def test_set_servables_with_another_policy_is_seen_at_the_next_poll(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    config = _config(tmp_path, "m", 1, 2, 3)
    source = make_source(config)
    source.poll_once()

    source.set_servables([ServableConfig(name="m", base_path=config.base_path, version_policy=LatestPolicy(2))])
    source.poll_once()

    assert target.told == [("m", [3]), ("m", [3, 2])]


def test_servable_taken_away_while_it_is_being_looked_at_is_not_told(tmp_path: Path, target: _Target) -> None:
    gate = Gate()
    source = Source(target, [_config(tmp_path, "m", 1)], file_system=_Slow(gate))
    poll = threading.Thread(target=source.poll_once)
    poll.start()
    gate.wait_until_reached()

    source.set_servables([])
    gate.open()
    poll.join()

    assert target.told == [("m", [])]


def test_stop_while_a_poll_hangs_returns_and_nothing_more_is_told(tmp_path: Path, target: _Target) -> None:
    gate = Gate()
    source = Source(target, [_config(tmp_path, "m", 1)], file_system=_Slow(gate))
    poll = threading.Thread(target=source.poll_once)
    poll.start()
    gate.wait_until_reached()

    source.stop()
    gate.open()
    poll.join()

    assert target.told == []


def test_stop_ends_the_thread_that_waits_for_the_next_poll(tmp_path: Path, target: _Target) -> None:
    source = Source(target, [_config(tmp_path, "m", 1)], poll_wait_seconds=3600)
    source.start()
    target.wait_for(("m", [1]))

    source.stop()
    source.stop()

    assert source._stores == {}


def test_target_may_call_the_source_back(tmp_path: Path) -> None:
    told: list[str] = []

    def change_its_mind(name: str, storage_paths: Sequence[StoragePath]) -> None:
        told.append(name)
        if name == "m":
            source.set_servables([])
            source.stop()

    others = set(threading.enumerate())  # A server of another test may run still.
    source = Source(change_its_mind, [_config(tmp_path, "m", 1)], poll_wait_seconds=0)
    source.start()
    for thread in set(threading.enumerate()) - others:
        thread.join(PATIENCE_SECONDS)

    assert source._stores == {}
    assert told == ["m", "m"]


@pytest.mark.parametrize("error", [RuntimeError("no credentials"), ValueError("no credentials")])
def test_file_system_that_raises_anything_harms_no_other_servable(
    tmp_path: Path, target: _Target, make_source: MakeSource, error: Exception
) -> None:
    class Broken(LocalFileSystem):
        def children(self, directory: Location) -> Sequence[str]:
            if str(directory).endswith("bad"):
                raise error
            return super().children(directory)

    source = make_source(_config(tmp_path, "bad", 1), _config(tmp_path, "good", 1), file_system=Broken())
    source.poll_once()

    assert target.told == [("good", [1])]
    assert isinstance(source.problem("bad"), UnknownError)


def test_target_that_raises_is_logged_and_the_others_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def tell(name: str, storage_paths: Sequence[StoragePath]) -> None:
        told.append(name)
        if name == "a":
            raise ValueError("not this one")

    Source(tell, [_config(tmp_path, "a", 1), _config(tmp_path, "b", 1)]).poll_once()

    assert told == ["a", "b"]
    assert "not this one" in caplog.text


def test_static_source_tells_its_one_version_at_the_start(tmp_path: Path, target: _Target) -> None:
    source = StaticStoragePathSource(target, "m", StoragePath(7, tmp_path))
    assert target.told == []

    source.start()

    assert target.told == [("m", [7])]


class _Slow(LocalFileSystem):
    """Hangs until its gate is opened."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def children(self, directory: Location) -> Sequence[str]:
        self._gate.walk_through()
        return super().children(directory)


def test_a_servable_that_is_not_watched_can_be_looked_at(
    make_source: Callable[..., Source], target: _Target, tmp_path: Path
) -> None:
    source = make_source()
    config = ServableConfig(name="m", base_path=tmp_path, version_policy=LatestPolicy(2))
    for version in (1, 2, 3):
        (tmp_path / str(version)).mkdir()
    assert [one.version for one in source.storage_paths(config)] == [3, 2]
    with pytest.raises(InvalidArgumentError, match="Could not find base path"):
        source.storage_paths(ServableConfig(name="m", base_path=tmp_path / "missing"))
    assert target.told == []


class _HangingStore(LocalFileSystem):
    """This machine's files, and a store that does not answer until the gate is opened."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def children(self, directory: Location) -> Sequence[str]:
        if isinstance(directory, str):
            self._gate.walk_through()
            return ["7"]
        return super().children(directory)


def test_store_that_hangs_holds_up_nobody_else(tmp_path: Path, target: _Target, make_source: MakeSource) -> None:
    gate = Gate()
    remote = ServableConfig(name="remote", base_path="s3://bucket/m")
    local = _config(tmp_path, "local", 1)
    source = make_source(remote, local, file_system=_HangingStore(gate), poll_wait_seconds=0.001)
    source.start()
    gate.wait_until_reached()

    target.wait_for(("local", [1]))
    (tmp_path / "local/2").mkdir()
    target.wait_for(("local", [1]), ("local", [2]))
    assert not source.has_polled

    gate.open()
    target.wait_for(("local", [1]), ("local", [2]), ("remote", [7]))
    assert source.wait_until_polled(timeout_seconds=PATIENCE_SECONDS)


def test_source_goes_on_with_stores_that_come_and_ends_with_those_that_go(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    gate = Gate()
    gate.open()
    source = make_source(file_system=_HangingStore(gate), poll_wait_seconds=0.001)
    source.start()

    source.set_servables(
        [ServableConfig(name="a", base_path="s3://one/a"), ServableConfig(name="b", base_path="s3://two/b")]
    )
    assert source.wait_until_polled(timeout_seconds=PATIENCE_SECONDS)
    assert set(source._stores) == {"", "s3://one", "s3://two"}
    source.set_servables([])
    for thread in threading.enumerate():
        if thread.name in {"tfsctl-source s3://one", "tfsctl-source s3://two"}:
            thread.join(PATIENCE_SECONDS)

    assert set(source._stores) == {""}


def test_what_is_to_be_told_after_a_poll_hears_what_the_target_heard(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    after = _Target()
    good, missing = _config(tmp_path, "m", 1), ServableConfig(name="n", base_path=tmp_path / "n")
    source = make_source(good, missing, after_poll=after)

    source.poll_once()
    source.poll_once()

    assert after.told == target.told == [("m", [1])] * 2


def test_fault_in_what_is_told_after_a_poll_stops_nothing(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    def fail(name: str, paths: Sequence[StoragePath]) -> None:
        raise ValueError(name, paths)

    make_source(_config(tmp_path, "a", 1), _config(tmp_path, "b", 1), after_poll=fail).poll_once()

    assert target.told == [("a", [1]), ("b", [1])]


def test_source_with_period_zero_looks_after_its_one_poll_only(
    tmp_path: Path, target: _Target, make_source: MakeSource
) -> None:
    after = _Target()
    source = make_source(_config(tmp_path, "m", 1), poll_wait_seconds=0, after_poll=after)

    source.start()
    after.wait_for(("m", [1]))
    source.stop()

    assert len(after.told) == len(target.told) == 1
