from __future__ import annotations

from collections.abc import Callable

import pytest

from core.fake_loader import FakeLoader, FakeServable
from tfsctl.core import ManagerState, ServableState
from tfsctl.core.loader_harness import HarnessState, LoaderHarness
from tfsctl.errors import CancelledError, Code, DataLossError, InternalError, TfsctlError

Harness = LoaderHarness[FakeServable]


def _harness(loader: FakeLoader, *, max_num_load_retries: int = 0, interval_seconds: float = 60.0) -> Harness:
    return LoaderHarness(
        loader.id,
        loader,
        max_num_load_retries=max_num_load_retries,
        load_retry_interval_seconds=interval_seconds,
    )


def _attempt(harness: Harness) -> float | None:
    if harness.state is HarnessState.NEW:
        harness.request_load()
    harness.begin_attempt()
    harness.attempt_load()
    return harness.conclude_load()


def _failing(num_failures: int) -> FakeLoader:
    return FakeLoader("m", 1, failures=[DataLossError(f"failure {n}") for n in range(num_failures)])


def _code(harness: Harness) -> Code:
    return harness.error.code if harness.error else Code.OK


def test_harness_through_a_good_life_shows_every_public_state() -> None:
    harness = _harness(FakeLoader("m", 1))
    shown: list[str] = []
    steps: list[Callable[[], object]] = [
        harness.request_load,
        harness.begin_attempt,
        harness.attempt_load,
        harness.conclude_load,
        harness.request_unload,
        lambda: harness.quiesce(harness.begin_unload),
        harness.run_unload,
        harness.conclude_unload,
    ]
    for step in steps:
        shown.append(harness.servable_state.state.name)
        step()

    assert shown == ["START", "START", "LOADING", "LOADING", "AVAILABLE", "UNLOADING", "UNLOADING", "UNLOADING"]
    assert harness.servable_state == ServableState(harness.id, ManagerState.END)
    assert harness.is_finished
    assert harness.error is None


def test_harness_with_a_loader_that_fails_doubles_its_waits_up_to_the_interval() -> None:
    harness = _harness(_failing(9), max_num_load_retries=5, interval_seconds=1.0)

    waits = [_attempt(harness) for _ in range(6)]

    assert waits == [0.1, 0.2, 0.4, 0.8, 1.0, None]
    assert harness.state is HarnessState.ERROR
    assert str(harness.error) == "failure 5"


def test_harness_with_no_interval_retries_at_once() -> None:
    harness = _harness(_failing(9), max_num_load_retries=2, interval_seconds=0.0)

    assert [_attempt(harness) for _ in range(3)] == [0.0, 0.0, None]


def test_harness_between_attempts_is_loading_with_the_last_failure() -> None:
    harness = _harness(_failing(1), max_num_load_retries=1)

    _attempt(harness)
    state = harness.servable_state

    assert state.state is ManagerState.LOADING
    assert str(state.error) == "failure 0"


def test_harness_whose_second_attempt_succeeds_forgets_the_failure() -> None:
    harness = _harness(_failing(1), max_num_load_retries=1)

    _attempt(harness)
    _attempt(harness)

    assert harness.state is HarnessState.READY
    assert harness.error is None


def test_harness_cancelled_before_its_first_attempt_ends_cancelled() -> None:
    harness = _harness(FakeLoader("m", 1))
    harness.request_load()

    harness.cancel_load()

    assert harness.state is HarnessState.ERROR
    assert isinstance(harness.error, CancelledError)
    assert str(harness.error) == "Loading of servable cancelled"


def test_harness_cancelled_between_attempts_ends_with_the_last_failure() -> None:
    harness = _harness(_failing(1), max_num_load_retries=9)
    _attempt(harness)

    harness.cancel_load()

    assert harness.state is HarnessState.ERROR
    assert _code(harness) is Code.DATA_LOSS


def test_harness_cancelled_during_an_attempt_that_fails_ends_without_a_retry() -> None:
    harness = _harness(_failing(1), max_num_load_retries=9)
    harness.request_load()
    harness.begin_attempt()

    harness.cancel_load()
    meanwhile = harness.servable_state.state
    harness.attempt_load()

    assert harness.conclude_load() is None
    assert (meanwhile, harness.servable_state.state) == (ManagerState.LOADING, ManagerState.END)
    assert _code(harness) is Code.DATA_LOSS


def test_harness_cancelled_during_an_attempt_that_loads_is_unloaded_and_ends_cancelled() -> None:
    loader = FakeLoader("m", 1)
    harness = _harness(loader)
    harness.request_load()
    harness.begin_attempt()
    harness.cancel_load()
    harness.attempt_load()
    harness.conclude_load()
    assert harness.state is HarnessState.UNLOADING
    assert harness.handle is None

    harness.run_unload()
    harness.conclude_unload()

    assert loader.num_unloads == 1
    assert harness.servable_state.state is ManagerState.END
    assert str(harness.error) == "Loading of servable cancelled"


def test_harness_is_released_when_the_last_reference_to_its_handle_is_dropped() -> None:
    harness = _harness(FakeLoader("m", 1))
    _attempt(harness)
    released: list[bool] = []
    kept = harness.handle

    harness.request_unload()
    harness.quiesce(lambda: released.append(True))
    assert released == []
    del kept

    assert released == [True]


def test_harness_whose_unload_fails_ends_with_the_error() -> None:
    harness = _harness(FakeLoader("m", 1, unload_failure=ValueError("stuck")))
    _attempt(harness)
    harness.request_unload()
    harness.quiesce(harness.begin_unload)

    harness.run_unload()
    harness.conclude_unload()

    assert harness.state is HarnessState.ERROR
    assert str(harness.error) == "ValueError: stuck"


@pytest.mark.parametrize(
    "step",
    [
        LoaderHarness.begin_attempt,
        LoaderHarness.request_unload,
        LoaderHarness.begin_unload,
        LoaderHarness.cancel_load,
    ],
)
def test_harness_asked_for_a_step_that_is_not_next_refuses(step: Callable[[Harness], object]) -> None:
    harness = _harness(FakeLoader("m", 1))

    with pytest.raises(InternalError, match="m/1 cannot go from NEW to"):
        step(harness)


@pytest.mark.parametrize("error", [DataLossError("x"), ValueError("x"), SystemExit(1), KeyboardInterrupt()])
def test_harness_whatever_its_loader_raises_keeps_an_error_of_ours(error: BaseException) -> None:
    harness = _harness(FakeLoader("m", 1, failures=[error]))

    _attempt(harness)

    assert isinstance(harness.error, TfsctlError)
    assert harness.state is HarnessState.ERROR
