from __future__ import annotations

from collections.abc import Callable

import pytest

from core.fake_loader import FakeLoader, Gate
from core.stage import AVAILABLE, END, LOADING, START, Stage
from tfsctl.errors import CancelledError, Code, DataLossError

MakeStage = Callable[..., Stage]


def _always_failing(version: int, *, name: str = "m") -> FakeLoader:
    return FakeLoader(name, version, failures=[DataLossError("truncated") for _ in range(1000)])


def test_failing_load_is_retried_and_ends_with_the_error(make_stage: MakeStage) -> None:
    stage = make_stage(max_num_load_retries=3)
    loader = _always_failing(1)
    stage.aspire(loader)

    end = stage.wait(1, END)

    assert loader.num_attempts == 4
    assert end.error is not None
    assert (end.error.code, end.error.message) == (Code.DATA_LOSS, "truncated")
    assert stage.life(1) == [START, LOADING, LOADING, LOADING, LOADING, END]


def test_failing_load_is_logged_with_every_attempt_and_at_its_end(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    stage = make_stage(max_num_load_retries=1, load_retry_interval_seconds=0.001)
    stage.aspire(_always_failing(1))
    stage.wait(1, END)

    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == ["Loading m/1 failed, next attempt in 0.001 s: truncated", "m/1 is END: truncated"]


def test_load_that_succeeds_at_the_third_attempt_becomes_available(make_stage: MakeStage) -> None:
    stage = make_stage(max_num_load_retries=5)
    loader = FakeLoader("m", 1, failures=[DataLossError("half copied"), ValueError("still")])
    stage.aspire(loader)

    assert stage.wait(1, AVAILABLE).error is None
    errors = [str(event.error) for event in stage.events if event.error]

    assert loader.num_attempts == 3
    assert errors == ["half copied", "ValueError: still"]


def test_failed_version_is_not_tried_again_while_it_stays_aspired(stage: Stage) -> None:
    failed = _always_failing(1)
    stage.aspire(failed)
    stage.wait(1, END)

    again = FakeLoader("m", 1)
    stage.aspire(again, FakeLoader("m", 2))
    stage.wait(2, AVAILABLE)

    assert (failed.num_attempts, again.num_attempts) == (1, 0)
    assert stage.life(1)[-1] is END


def test_failed_version_that_was_left_out_once_gets_a_new_life(stage: Stage) -> None:
    stage.aspire(_always_failing(1))
    stage.wait(1, END)

    stage.aspire()
    stage.aspire_versions(1)

    stage.wait_for_life(1, START, LOADING, END, START, LOADING, AVAILABLE)


def test_new_version_that_fails_leaves_the_old_one_serving(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)

    stage.aspire(_always_failing(2))
    stage.wait(2, END)

    assert stage.answer() == 1
    assert stage.life(1)[-1] is AVAILABLE


def test_old_version_that_serves_on_after_a_failure_can_be_aspired_again(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)
    stage.aspire(_always_failing(2))
    stage.wait(2, END)

    stage.aspire_versions(1, 3)
    stage.wait(3, AVAILABLE)

    assert stage.life(1) == [START, LOADING, AVAILABLE]
    assert stage.versions() == [1, 3]


def test_retrying_load_does_not_hold_up_another_model(make_stage: MakeStage) -> None:
    stage = make_stage(
        num_load_threads=0, num_initial_load_threads=1, max_num_load_retries=9, load_retry_interval_seconds=3600
    )
    stuck = _always_failing(1, name="stuck")
    stage.aspire(stuck, name="stuck")
    stage.wait_for(lambda: any(event.error for event in stage.events))

    stage.aspire_versions(1, name="good")
    stage.wait(1, AVAILABLE, name="good")

    assert stage.life(1, name="stuck")[-1] is LOADING


def test_version_removed_while_its_load_is_retried_ends_with_its_failure(make_stage: MakeStage) -> None:
    stage = make_stage(max_num_load_retries=1000, load_retry_interval_seconds=3600)
    loader = _always_failing(1)
    stage.aspire(loader)
    stage.wait_for(lambda: any(event.error for event in stage.events))

    stage.aspire()
    end = stage.wait(1, END)

    assert end.error is not None
    assert end.error.message == "truncated"


def test_version_removed_while_it_loads_is_unloaded_and_ends_cancelled(stage: Stage) -> None:
    loader = FakeLoader("m", 1, load_gate=Gate())
    stage.aspire(loader)
    loader.load_gate.wait_until_reached()

    stage.aspire()
    stage.catch_up()
    loader.load_gate.open()
    end = stage.wait(1, END)

    assert (loader.num_attempts, loader.num_unloads) == (1, 1)
    assert end.error is not None
    assert (end.error.code, end.error.message) == (Code.CANCELLED, "Loading of servable cancelled")
    assert stage.life(1) == [START, LOADING, END]


def test_version_removed_while_it_loads_ends_cancelled_whatever_its_loader_calls_that(stage: Stage) -> None:
    loader = FakeLoader("m", 1, failures=[CancelledError("not wanted any more")], load_gate=Gate())
    stage.aspire(loader)
    loader.load_gate.wait_until_reached()

    stage.aspire()
    stage.catch_up()
    loader.load_gate.open()
    end = stage.wait(1, END)

    assert end.error is not None
    assert (end.error.code, end.error.message) == (Code.CANCELLED, "Loading of servable cancelled")


def test_version_removed_while_it_waits_for_a_thread_is_never_loaded(make_stage: MakeStage) -> None:
    stage = make_stage(num_initial_load_threads=1)
    first, second = FakeLoader("m", 2, load_gate=Gate()), FakeLoader("m", 1)
    stage.aspire(first, second)
    first.load_gate.wait_until_reached()

    stage.aspire(first)
    end = stage.wait(1, END)
    first.load_gate.open()
    stage.wait(2, AVAILABLE)

    assert second.num_attempts == 0
    assert end.error is not None
    assert end.error.code is Code.CANCELLED
    assert stage.life(1) == [START, END]


def test_version_removed_and_added_again_while_it_loads_starts_anew_afterwards(stage: Stage) -> None:
    first, second = FakeLoader("m", 1, load_gate=Gate()), FakeLoader("m", 1)
    stage.aspire(first)
    first.load_gate.wait_until_reached()

    stage.aspire()
    stage.aspire(second)
    stage.catch_up()
    assert second.num_attempts == 0
    first.load_gate.open()

    stage.wait_for_life(1, START, LOADING, END, START, LOADING, AVAILABLE)
    assert (first.num_unloads, second.num_attempts) == (1, 1)


def test_loader_that_raises_system_exit_ends_in_error_and_the_others_go_on(stage: Stage) -> None:
    stage.aspire(FakeLoader("m", 1, failures=[SystemExit(1)]))
    end = stage.wait(1, END)

    stage.aspire_versions(2)
    stage.wait(2, AVAILABLE)

    assert end.error is not None
    assert end.error.message == "SystemExit: 1"


def test_load_with_no_memory_ends_as_resource_exhausted(stage: Stage) -> None:
    stage.aspire(FakeLoader("m", 1, failures=[MemoryError()]))

    end = stage.wait(1, END)

    assert end.error is not None
    assert end.error.code is Code.RESOURCE_EXHAUSTED


def test_failed_version_that_is_to_be_tried_again_gets_a_new_life_beside_the_one_that_serves(stage: Stage) -> None:
    stage.aspire_versions(1)
    stage.wait(1, AVAILABLE)
    stage.aspire(_always_failing(2))
    stage.wait(2, END)
    assert stage.answer() == 1

    stage.try_again(FakeLoader("m", 2, load_gate=(gate := Gate())))
    gate.wait_until_reached()
    assert stage.answer() == 1
    gate.open()

    stage.wait_for_life(2, START, LOADING, END, START, LOADING, AVAILABLE)
    stage.wait(1, END)
    assert stage.answer() == 2


def test_failed_version_that_is_tried_again_has_all_its_retries(make_stage: MakeStage) -> None:
    stage = make_stage(max_num_load_retries=2)
    stage.aspire(_always_failing(1))
    stage.wait(1, END)

    again = _always_failing(1)
    stage.try_again(again)

    stage.wait_for(lambda: stage.life(1).count(END) == 2)
    assert again.num_attempts == 3


def test_only_an_aspired_version_that_failed_is_tried_again(stage: Stage) -> None:
    good, loading, failed = FakeLoader("m", 1), FakeLoader("m", 2, load_gate=(gate := Gate())), _always_failing(3)
    stage.aspire(good, failed)
    stage.wait(3, END)
    stage.wait(1, AVAILABLE)
    stage.aspire(loading)  # The one that failed is not wanted any more.
    gate.wait_until_reached()
    useless = [FakeLoader("m", version) for version in (1, 2, 3, 4)]

    for loader in useless:
        stage.try_again(loader)
    stage.try_again(FakeLoader("other", 1))
    stage.catch_up()

    assert [loader.num_attempts for loader in useless] == [0, 0, 0, 0]


def test_nothing_is_tried_again_after_the_stop(stage: Stage) -> None:
    stage.aspire(_always_failing(1))
    stage.wait(1, END)
    stage.manager.stop()

    stage.try_again(again := FakeLoader("m", 1))

    assert again.num_attempts == 0
