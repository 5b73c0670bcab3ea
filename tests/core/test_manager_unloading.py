from __future__ import annotations

from collections.abc import Callable

import pytest

from core.fake_loader import FakeLoader, Gate
from core.stage import AVAILABLE, END, LOADING, START, UNLOADING, Stage
from tfsctl.core import (
    Action,
    ResourcePreservingPolicy,
    VersionSnapshot,
)
from tfsctl.errors import NotFoundError

MakeStage = Callable[..., Stage]


def test_version_left_out_is_unloaded_by_the_loader_that_loaded_it(stage: Stage) -> None:
    loader = FakeLoader("m", 1)
    stage.aspire(loader)
    stage.wait(1, AVAILABLE)

    stage.aspire()
    end = stage.wait(1, END)

    assert end.error is None
    assert loader.num_unloads == 1
    assert stage.life(1) == [START, LOADING, AVAILABLE, UNLOADING, END]
    with pytest.raises(NotFoundError):
        stage.manager.handle("m")


def test_new_version_is_available_before_the_old_one_leaves(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)

    stage.aspire_versions(2)
    stage.wait(1, END)

    assert stage.order(AVAILABLE, UNLOADING) == [(1, AVAILABLE), (2, AVAILABLE), (1, UNLOADING)]
    assert stage.answer() == 2


def test_rollback_by_removing_the_newest_loads_the_older_first(stage: Stage) -> None:
    stage.aspire_versions(2)
    stage.wait(2, AVAILABLE)

    stage.aspire_versions(1)
    stage.wait(2, END)

    assert stage.order(AVAILABLE, UNLOADING) == [(2, AVAILABLE), (1, AVAILABLE), (2, UNLOADING)]
    assert stage.answer() == 1


def test_resource_preserving_manager_unloads_before_it_loads(make_stage: MakeStage) -> None:
    stage = make_stage(policy=ResourcePreservingPolicy())
    stage.aspire_versions(1, 2)
    stage.wait_for(lambda: stage.versions() == [1, 2])

    stage.aspire_versions(3)
    stage.wait(3, AVAILABLE)

    order = stage.order(LOADING, UNLOADING, END)[2:]
    assert {version for version, _ in order[:-1]} == {1, 2}
    assert order[-1] == (3, LOADING)


def test_handle_held_over_the_unload_stays_valid_until_it_is_dropped(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)
    handle = stage.manager.handle("m")

    stage.aspire_versions(2)
    stage.wait(1, UNLOADING)
    stage.catch_up()
    assert stage.versions() == [2]
    assert handle.servable.use().version == 1
    assert stage.life(1)[-1] is UNLOADING
    del handle

    stage.wait(1, END)


def test_every_one_of_many_handles_holds_up_the_unload(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)
    handles = [stage.manager.handle("m"), stage.manager.handle("m", 1), stage.manager.handle("m")]
    stage.aspire()
    stage.wait(1, UNLOADING)

    while handles:
        assert handles[0].servable.use().version == 1
        handles.pop()

    stage.wait(1, END)


def test_handle_held_by_one_model_holds_up_no_other(stage: Stage) -> None:
    stage.aspire_versions(1, name="held")
    stage.wait(1, AVAILABLE, name="held")
    handle = stage.manager.handle("held")
    stage.aspire(name="held")
    stage.wait(1, UNLOADING, name="held")

    stage.aspire_versions(1, name="other")
    stage.wait(1, AVAILABLE, name="other")
    stage.aspire_versions(2, name="other")
    stage.wait(1, END, name="other")

    assert handle.servable.use().version == 1
    assert stage.life(1, name="held")[-1] is UNLOADING


def test_slow_unload_holds_up_no_load(stage: Stage) -> None:
    slow = FakeLoader("m", 1, unload_gate=Gate())
    stage.aspire(slow)
    stage.wait(1, AVAILABLE)
    stage.aspire_versions(2)
    slow.unload_gate.wait_until_reached()

    stage.aspire_versions(3)
    stage.wait(3, AVAILABLE)

    assert stage.life(1)[-1] is UNLOADING
    slow.unload_gate.open()
    stage.wait(1, END)


def test_two_unload_threads_unload_two_at_once(make_stage: MakeStage) -> None:
    stage = make_stage(num_unload_threads=2)
    loaders = [FakeLoader("m", version, unload_gate=Gate()) for version in (1, 2)]
    stage.aspire(*loaders)
    stage.wait_for(lambda: stage.versions() == [1, 2])

    stage.aspire()

    for loader in loaders:
        loader.unload_gate.wait_until_reached()


def test_handle_in_a_reference_cycle_is_found_and_the_version_unloaded(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)

    def lose_a_handle() -> None:
        handle = stage.manager.handle("m")
        cycle: list[object] = [handle]
        cycle.append(cycle)  # As an error that its own traceback's frames hold.

    lose_a_handle()
    stage.aspire()

    stage.wait(1, END)


def test_version_added_again_while_it_unloads_waits_until_the_old_instance_is_gone(stage: Stage) -> None:
    first, second = FakeLoader("m", 1, unload_gate=Gate()), FakeLoader("m", 1)
    stage.aspire(first)
    stage.wait(1, AVAILABLE)
    stage.aspire()
    first.unload_gate.wait_until_reached()

    stage.aspire(second, FakeLoader("m", 2))
    stage.wait(2, AVAILABLE)
    assert second.num_attempts == 0
    first.unload_gate.open()

    stage.wait_for_life(1, START, LOADING, AVAILABLE, UNLOADING, END, START, LOADING, AVAILABLE)
    assert stage.versions() == [1, 2]


def test_version_added_again_while_it_unloads_and_left_out_again_ends_once(stage: Stage) -> None:
    first, second = FakeLoader("m", 1, unload_gate=Gate()), FakeLoader("m", 1)
    stage.aspire(first)
    stage.wait(1, AVAILABLE)
    stage.aspire()
    first.unload_gate.wait_until_reached()

    stage.aspire(second)
    stage.aspire()
    stage.catch_up()
    first.unload_gate.open()

    stage.wait_for_life(1, START, LOADING, AVAILABLE, UNLOADING, END)
    assert second.num_attempts == 0


def test_version_waiting_for_its_next_life_keeps_the_last_one_serving(stage: Stage) -> None:
    first = FakeLoader("m", 2, unload_gate=Gate())
    stage.aspire(first)
    stage.wait(2, AVAILABLE)
    stage.aspire_versions(1)
    first.unload_gate.wait_until_reached()

    stage.aspire_versions(2)
    stage.catch_up()
    assert stage.answer() == 1
    first.unload_gate.open()
    stage.wait(1, END)

    assert stage.answer() == 2
    assert stage.order(UNLOADING)[:2] == [(2, UNLOADING), (1, UNLOADING)]


def test_unload_that_raises_ends_with_the_error_and_the_rest_goes_on(stage: Stage) -> None:
    stage.aspire(FakeLoader("m", 1, unload_failure=ValueError("cannot close")))
    stage.wait(1, AVAILABLE)
    stage.aspire_versions(2)
    end = stage.wait(1, END)

    assert end.error is not None
    assert end.error.message == "ValueError: cannot close"
    assert stage.answer() == 2


def test_policy_that_raises_harms_no_other_name(make_stage: MakeStage, caplog: pytest.LogCaptureFixture) -> None:
    class Moody(ResourcePreservingPolicy):
        def next_action(self, snapshots: object) -> Action | None:
            assert isinstance(snapshots, list)
            if any(snapshot == VersionSnapshot(13, snapshot.state, is_aspired=True) for snapshot in snapshots):
                raise ValueError("not today")
            return super().next_action(snapshots)

    stage = make_stage(policy=Moody())
    stage.aspire_versions(13, name="unlucky")
    stage.aspire_versions(1)

    stage.wait(1, AVAILABLE)
    assert "not today" in caplog.text


def test_name_whose_versions_are_all_gone_is_forgotten_by_the_manager(stage: Stage) -> None:
    for number in range(5):
        stage.aspire_versions(1, name=f"m{number}")
        stage.wait(1, AVAILABLE, name=f"m{number}")
        stage.aspire(name=f"m{number}")
        stage.wait(1, END, name=f"m{number}")
    stage.aspire(name="never heard of")
    stage.catch_up()

    assert list(stage.manager._streams) == []
