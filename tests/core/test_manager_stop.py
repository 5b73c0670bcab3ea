from __future__ import annotations

from collections.abc import Callable

import pytest

from core.fake_loader import FakeLoader, FakeServable, Gate
from core.stage import END, LOADING, START, Stage
from tfsctl.core import (
    AspiredVersionsManager,
    EventBus,
    ServableHandle,
)
from tfsctl.errors import NotFoundError

MakeStage = Callable[..., Stage]


def test_stop_unloads_everything_and_ends_all_lives(stage: Stage) -> None:
    for name in ("a", "b", "c"):
        stage.aspire_versions(1, 2, name=name)
    stage.wait_for(lambda: len(stage.manager.available_ids()) == 6)

    stage.manager.stop()

    assert all(loader.is_clean for loader in stage.loaders)
    assert {state.state for name in stage.monitor.names() for state in stage.monitor.states(name)} == {END}
    with pytest.raises(NotFoundError):
        stage.manager.handle("a")


def test_stop_does_not_wait_for_a_retry(make_stage: MakeStage) -> None:
    stage = make_stage(max_num_load_retries=1000, load_retry_interval_seconds=3600)
    stage.aspire(FakeLoader("m", 1, failures=[ValueError("no")] * 1000))
    stage.wait_for(lambda: any(event.error for event in stage.events))

    stage.manager.stop()

    assert stage.life(1)[-1] is END


def test_stop_while_a_load_runs_unloads_what_it_brings(stage: Stage) -> None:
    loader = FakeLoader("m", 1, load_gate=Gate())
    stage.aspire(loader)
    loader.load_gate.wait_until_reached()

    stage.manager.stop(timeout_seconds=0.01)
    assert stage.life(1)[-1] is LOADING
    stage.aspire_versions(1, 2)  # Too late.
    loader.load_gate.open()
    stage.manager.stop()

    assert loader.num_unloads == 1
    assert stage.life(1) == [START, LOADING, END]
    assert stage.life(2) == []


def test_stop_with_a_handle_that_never_comes_back_gives_up_and_says_so(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.aspire_versions(1, 2)
    stage.wait_for(lambda: stage.versions() == [1, 2])
    handle: ServableHandle[FakeServable] = stage.manager.handle("m", 1)

    stage.manager.stop(timeout_seconds=0.2)

    assert "still loading or in use: m/1" in caplog.text
    assert handle.servable.use().version == 1
    stage.wait(2, END)
    del handle
    stage.wait(1, END)


def test_stop_twice_and_aspiring_afterwards_do_nothing(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.manager.stop()
    late = FakeLoader("m", 2)

    stage.aspire(late)
    stage.manager.stop()

    assert late.num_attempts == 0


def test_stop_of_a_manager_never_started_returns() -> None:
    manager: AspiredVersionsManager[FakeServable] = AspiredVersionsManager(EventBus())

    manager.set_aspired_versions("m", {1: FakeLoader("m", 1)})
    manager.stop()

    assert manager.available_ids() == ()
