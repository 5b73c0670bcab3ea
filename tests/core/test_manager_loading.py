from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.fake_loader import FakeLoader, Gate
from core.stage import AVAILABLE, END, LOADING, START, UNLOADING, Stage
from tfsctl.core import AspiredVersionsManager, EventBus, ServableId, ServableState
from tfsctl.errors import NotFoundError

MakeStage = Callable[..., Stage]


def test_aspired_version_becomes_available_through_every_state(stage: Stage) -> None:
    stage.aspire_versions(1)

    stage.wait_for_life(1, START, LOADING, AVAILABLE)
    assert stage.answer() == 1


def test_latest_is_the_highest_available_version(stage: Stage) -> None:
    stage.aspire_versions(1, 10, 9)
    for version in (1, 9, 10):
        stage.wait(version, AVAILABLE)

    assert stage.answer() == 10
    assert stage.answer(9) == 9
    assert stage.manager.available_ids() == (ServableId("m", 1), ServableId("m", 9), ServableId("m", 10))


def test_versions_that_are_zero_or_negative_are_versions_too(stage: Stage) -> None:
    stage.aspire_versions(0, -5)
    stage.wait(0, AVAILABLE)
    stage.wait(-5, AVAILABLE)

    assert stage.answer() == 0
    assert stage.answer(-5) == -5


def test_handle_of_what_is_not_there_is_refused_with_tf_servings_text(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)

    with pytest.raises(NotFoundError) as unknown_name:
        stage.manager.handle("half_plus_two")
    with pytest.raises(NotFoundError) as unknown_version:
        stage.manager.handle("m", 7)

    assert str(unknown_name.value) == "Servable not found for request: Latest(half_plus_two)"
    assert str(unknown_version.value) == "Servable not found for request: Specific(m, 7)"


def test_handle_while_the_version_still_loads_is_refused(stage: Stage) -> None:
    loader = FakeLoader("m", 1, load_gate=Gate())
    stage.aspire(loader)
    loader.load_gate.wait_until_reached()

    with pytest.raises(NotFoundError):
        stage.manager.handle("m", 1)

    loader.load_gate.open()
    stage.wait(1, AVAILABLE)
    assert stage.answer(1) == 1


def test_versions_aspired_before_the_start_are_loaded_at_the_start() -> None:
    bus: EventBus[ServableState] = EventBus()
    available = threading.Event()
    bus.subscribe(lambda state: available.set() if state.state is AVAILABLE else None)
    manager: AspiredVersionsManager[object] = AspiredVersionsManager(bus)

    manager.set_aspired_versions("m", {1: FakeLoader("m", 1)})  # type: ignore[dict-item]  # Opaque here.
    manager.start()

    assert available.wait(20)
    manager.stop()


def test_aspiring_again_to_what_is_loaded_changes_nothing(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)

    unused = FakeLoader("m", 1)
    stage.aspire(unused)
    stage.aspire_versions(1, 2)
    stage.wait(2, AVAILABLE)

    assert unused.num_attempts == 0
    assert stage.life(1) == [START, LOADING, AVAILABLE]


@pytest.mark.parametrize(("num_load_threads", "num_at_once"), [(0, 1), (1, 1), (3, 3)])
def test_num_load_threads_limits_the_loads_that_run_at_once(
    make_stage: MakeStage, num_load_threads: int, num_at_once: int
) -> None:
    stage = make_stage(num_load_threads=num_load_threads, num_initial_load_threads=4)
    stage.aspire_versions(1, name="first_wave")
    stage.wait(1, AVAILABLE, name="first_wave")
    loaders = [FakeLoader("m", version, load_gate=Gate()) for version in range(5, 0, -1)]
    stage.aspire(*loaders)
    for loader in loaders[:num_at_once]:
        loader.load_gate.wait_until_reached()

    stage.catch_up()
    assert [stage.life(loader.id.version)[-1] for loader in loaders].count(START) == 5 - num_at_once
    for loader in loaders:
        loader.load_gate.open()
    stage.wait_for(lambda: len(stage.versions()) == 5)


def test_first_wave_loads_at_once_what_later_loads_one_by_one(make_stage: MakeStage) -> None:
    stage = make_stage(num_load_threads=0, num_initial_load_threads=3)
    loaders = [FakeLoader(f"m{number}", 1, load_gate=Gate()) for number in range(3)]
    for loader in loaders:
        stage.aspire(loader, name=loader.id.name)

    for loader in loaders:
        loader.load_gate.wait_until_reached()
    for loader in loaders:
        loader.load_gate.open()

    stage.wait_for(lambda: len(stage.manager.available_ids()) == 3)


def test_slow_load_does_not_hold_up_the_lookup_of_other_models(stage: Stage) -> None:
    stage.aspire_versions(1, name="quick")
    stage.wait(1, AVAILABLE, name="quick")
    slow = FakeLoader("slow", 1, load_gate=Gate())
    stage.aspire(slow, name="slow")
    slow.load_gate.wait_until_reached()

    assert stage.answer(name="quick") == 1
    assert stage.life(1, name="slow")[-1] is LOADING


def test_subscriber_told_of_available_can_have_a_handle_and_of_unloading_still_can(stage: Stage) -> None:
    answers: list[tuple[str, int]] = []

    def ask(event: ServableState) -> None:
        if event.state in {AVAILABLE, UNLOADING}:
            answers.append((event.state.name, stage.answer(event.id.version)))

    stage.bus.subscribe(ask)
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)
    stage.aspire_versions(2)
    stage.wait_for_life(1, START, LOADING, AVAILABLE, UNLOADING, END)
    stage.aspire()
    stage.wait(2, END)

    assert answers == [("AVAILABLE", 1), ("AVAILABLE", 2), ("UNLOADING", 1), ("UNLOADING", 2)]


def test_subscriber_may_aspire_from_within_its_callback(stage: Stage) -> None:
    def follow(event: ServableState) -> None:
        if event.id == ServableId("m", 1) and event.state is AVAILABLE:
            stage.aspire_versions(2)

    stage.bus.subscribe(follow)
    stage.aspire_versions(1)

    stage.wait(2, AVAILABLE)
    stage.wait(1, END)


def test_load_when_no_thread_can_be_started_still_happens(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)
    stage.aspire()

    stage.wait(1, END)


def test_handle_is_a_reference_to_one_shared_object(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)

    handle = stage.manager.handle("m")

    assert handle is stage.manager.handle("m", 1)
    assert (handle.id, handle.servable.id) == (ServableId("m", 1), ServableId("m", 1))
