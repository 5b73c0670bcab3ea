"""A version that is copied into its place, and seen before it is complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from serving.model_directory import add_counting_version, remove_version, serve
from serving.rest_calls import RestCalls
from serving.test_version_swap import Load, ask_rest
from tfsctl.core import ManagerState, ServableId, ServableState
from tfsctl.errors import ServerStartError
from tfsctl.serving import Server

WAIT_SECONDS = 30.0
AVAILABLE, END, LOADING, START = ManagerState.AVAILABLE, ManagerState.END, ManagerState.LOADING, ManagerState.START


@pytest.fixture
def base_path(zoo: Path, tmp_path: Path) -> Path:
    """With version 1, which answers 1 to 0. A complete version 2 lies in `incoming`; it answers 2 and has variables."""
    add_counting_version(zoo, tmp_path / "m", 1)
    shutil.copytree(zoo / "half_plus_two/1", tmp_path / "incoming/2")
    return tmp_path / "m"


def complete(base_path: Path) -> Path:
    return base_path.parent / "incoming/2"


def begin_to_copy(base_path: Path, version: int = 2, *, half: str = "saved_model.pb") -> None:
    """The whole of it, but of the file `half` the first half."""
    shutil.copytree(complete(base_path), base_path.parent / "half")
    content = (base_path.parent / "half" / half).read_bytes()
    (base_path.parent / "half" / half).write_bytes(content[: len(content) // 2])
    (base_path.parent / "half").rename(base_path / str(version))


def finish_copying(base_path: Path) -> None:
    shutil.copytree(complete(base_path), base_path / "2", dirs_exist_ok=True)


def wait_for(server: Server, version: int, state: ManagerState, *, name: str = "m") -> ServableState:
    reached = server.core._monitor.wait_until(ServableId(name, version), state, timeout_seconds=WAIT_SECONDS)
    assert reached.state is state, reached
    return reached


def wait_for_new_life(server: Server, version: int, state: ManagerState) -> None:
    """Of a version that is at its end, until it reaches `state`."""
    servable_id = ServableId("m", version)

    def is_reached() -> bool:
        known = server.core._monitor.state(servable_id)
        return known is not None and known.state is state

    assert server.core._monitor.wait_for(lambda _: is_reached(), timeout_seconds=WAIT_SECONDS), servable_id


@contextmanager
def under_load(server: Server) -> Iterator[None]:
    """Somebody asks all the time and must always be answered, by version 1 or 2."""
    with closing(RestCalls(server.rest_address)) as calls:
        load = Load(lambda: ask_rest(calls, 1), lambda: range(1, 3))
        yield
        load.finish()
        assert load.failures == []
        assert load.num_answers > 0


@pytest.mark.parametrize(
    "half", ["saved_model.pb", "variables/variables.data-00000-of-00001", "variables/variables.index"]
)
def test_half_copied_version_is_loaded_once_it_is_complete(half: str, base_path: Path) -> None:
    lives: list[ManagerState] = []
    with serve(base_path) as server, under_load(server):
        server.core.subscribe(lambda state: lives.append(state.state) if state.id.version == 2 else None)
        begin_to_copy(base_path, half=half)
        assert wait_for(server, 2, END).error is not None
        assert server.core.is_ready()

        finish_copying(base_path)
        wait_for(server, 1, END)

        wait_for(server, 2, AVAILABLE)
        assert lives[lives.index(END) + 1 :] == [START, LOADING, AVAILABLE]


def test_old_version_answers_until_the_new_one_does_though_its_directory_is_gone(base_path: Path) -> None:
    with serve(base_path) as server, under_load(server):
        begin_to_copy(base_path)
        wait_for(server, 2, END)
        remove_version(base_path, 1)

        finish_copying(base_path)

        wait_for(server, 1, END)
        assert wait_for(server, 2, AVAILABLE).error is None


def test_version_that_failed_stays_at_its_end_while_its_files_do(base_path: Path) -> None:
    num_lives = 0

    def count(state: ServableState) -> None:
        nonlocal num_lives
        num_lives += state.id.version == 2 and state.state is START

    with serve(base_path) as server:
        server.core.subscribe(count)
        begin_to_copy(base_path)
        wait_for(server, 2, END)
        for version in (3, 4):  # Meanwhile there are polls.
            shutil.copytree(complete(base_path), base_path.parent / "more")
            (base_path.parent / "more").rename(base_path / str(version))
            wait_for(server, version, AVAILABLE)
        assert num_lives == 1


def test_model_that_failed_at_the_start_is_ready_once_it_is_complete(base_path: Path, zoo: Path) -> None:
    remove_version(base_path, 1)
    begin_to_copy(base_path)
    with serve(base_path, zoo / "half_plus_two") as server:
        wait_for(server, 2, END)
        assert not server.core.is_ready()

        finish_copying(base_path)

        wait_for_new_life(server, 2, AVAILABLE)
        assert server.core.is_ready()


def test_only_model_that_failed_ends_the_start(base_path: Path) -> None:
    remove_version(base_path, 1)
    begin_to_copy(base_path)
    with pytest.raises(ServerStartError, match="did not become available"):
        serve(base_path).start()
