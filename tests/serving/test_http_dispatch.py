"""Where requests run: decided by what they cost (http_dispatch.py). Times here are numbers, nothing is waited for."""

from __future__ import annotations

from tfsctl.serving.http.dispatch import (
    ALLOWED_SECONDS,
    FIRST_HOLD_SECONDS,
    LARGE_BODY_BYTES,
    MAX_DEBT_SECONDS,
    MAX_HOLD_SECONDS,
    NUM_WATCHED_RUNS,
    TRIAL_SECONDS,
    Dispatcher,
)

TARGET = "/v1/models/m:predict"
CHEAP = ALLOWED_SECONDS / 10
SLOW = 2 * MAX_DEBT_SECONDS


def warmed_up(dispatcher: Dispatcher, target: str = TARGET, *, size: int = 100, now: float = 0.0) -> None:
    for _ in range(20):
        dispatcher.ran_in_worker(target, size, CHEAP, now)


def run_in_loop(dispatcher: Dispatcher, seconds: float, *, times: int = 1, now: float = 0.0) -> None:
    for _ in range(times):
        cost = dispatcher.in_loop(TARGET, 100)
        assert cost is not None
        cost.ran_in_loop(seconds, now)


def is_in_loop(dispatcher: Dispatcher, target: str = TARGET, size: int = 100) -> bool:
    return dispatcher.in_loop(target, size) is not None


def test_unknown_target_goes_to_a_worker() -> None:
    assert not is_in_loop(Dispatcher())


def test_request_without_body_runs_in_the_loop_whatever_it_cost() -> None:
    dispatcher = Dispatcher()
    for _ in range(100):
        cost = dispatcher.in_loop("/readyz", 0)
        assert cost is not None
        cost.ran_in_loop(SLOW, 0.0)


def test_cheap_target_moves_to_the_loop() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    assert is_in_loop(dispatcher)


def test_slow_target_stays_with_the_workers() -> None:
    dispatcher = Dispatcher()
    for _ in range(1000):
        dispatcher.ran_in_worker(TARGET, 100, 2 * TRIAL_SECONDS, 0.0)
    assert not is_in_loop(dispatcher)


def test_target_that_may_have_waited_for_other_workers_gets_a_trial() -> None:
    dispatcher = Dispatcher()
    for _ in range(20):
        dispatcher.ran_in_worker(TARGET, 100, TRIAL_SECONDS, 0.0)
    assert not is_in_loop(dispatcher)
    for _ in range(100):
        dispatcher.ran_in_worker(TARGET, 100, TRIAL_SECONDS, 0.0)
    run_in_loop(dispatcher, CHEAP, times=100)
    assert is_in_loop(dispatcher)


def test_target_that_fails_its_trial_goes_back_to_the_workers() -> None:
    dispatcher = Dispatcher()
    for _ in range(100):
        dispatcher.ran_in_worker(TARGET, 100, TRIAL_SECONDS, 0.0)
    num_runs = 0
    while is_in_loop(dispatcher):
        run_in_loop(dispatcher, TRIAL_SECONDS)
        num_runs += 1
    assert 0 < num_runs * TRIAL_SECONDS <= MAX_DEBT_SECONDS


def test_target_that_was_slow_only_at_first_moves_to_the_loop() -> None:
    dispatcher = Dispatcher()
    for _ in range(5):
        dispatcher.ran_in_worker(TARGET, 100, SLOW, 0.0)
    warmed_up(dispatcher)
    assert is_in_loop(dispatcher)


def test_other_target_and_other_size_are_judged_for_themselves() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    assert not is_in_loop(dispatcher, "/v1/models/other:predict")
    assert not is_in_loop(dispatcher, size=10_000)


def test_large_body_always_goes_to_a_worker() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher, size=LARGE_BODY_BYTES + 1)
    assert not is_in_loop(dispatcher, size=LARGE_BODY_BYTES + 1)


def test_target_new_in_the_loop_leaves_it_after_one_slow_run() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    run_in_loop(dispatcher, MAX_DEBT_SECONDS)
    assert not is_in_loop(dispatcher)


def test_target_long_in_the_loop_is_forgiven_a_pause_now_and_then() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    for _ in range(20):
        run_in_loop(dispatcher, CHEAP, times=2 * NUM_WATCHED_RUNS)
        run_in_loop(dispatcher, SLOW)
    assert is_in_loop(dispatcher)


def test_target_long_in_the_loop_leaves_it_after_two_slow_runs() -> None:
    """After the first it is watched: then the time that is noted is known to be its own."""
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    run_in_loop(dispatcher, CHEAP, times=1000)
    run_in_loop(dispatcher, SLOW)
    cost = dispatcher.in_loop(TARGET, 100)
    assert cost is not None
    assert cost.num_watched == NUM_WATCHED_RUNS
    run_in_loop(dispatcher, SLOW)
    assert not is_in_loop(dispatcher)


def test_target_that_becomes_slower_than_allowed_leaves_the_loop() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    run_in_loop(dispatcher, CHEAP, times=1000)
    for _ in range(100):
        if is_in_loop(dispatcher):
            run_in_loop(dispatcher, 2 * ALLOWED_SECONDS)
    assert not is_in_loop(dispatcher)


def test_target_that_left_comes_back_only_after_the_hold() -> None:
    dispatcher = Dispatcher()
    warmed_up(dispatcher)
    run_in_loop(dispatcher, SLOW, now=100.0)
    warmed_up(dispatcher, now=100.0 + FIRST_HOLD_SECONDS - 1)
    assert not is_in_loop(dispatcher)
    warmed_up(dispatcher, now=100.0 + FIRST_HOLD_SECONDS + 1)
    assert is_in_loop(dispatcher)


def test_target_that_is_slow_again_and_again_is_held_longer_and_longer() -> None:
    dispatcher = Dispatcher()
    now, holds = 0.0, []
    for _ in range(12):
        warmed_up(dispatcher, now=now)
        run_in_loop(dispatcher, SLOW, now=now)
        held_since = now
        while not is_in_loop(dispatcher):
            now += FIRST_HOLD_SECONDS / 2
            warmed_up(dispatcher, now=now)
        holds.append(now - held_since)
    assert holds[1] >= 2 * FIRST_HOLD_SECONDS
    assert holds == sorted(holds)
    assert holds[-1] <= MAX_HOLD_SECONDS + FIRST_HOLD_SECONDS


def test_trouble_of_long_ago_is_forgotten() -> None:
    dispatcher = Dispatcher()
    for now in (0.0, 100.0, 1e6):
        warmed_up(dispatcher, now=now)
        run_in_loop(dispatcher, SLOW, now=now + 1e5 if now else now)
    warmed_up(dispatcher, now=1e6 + 1e5 + FIRST_HOLD_SECONDS + 1)
    assert is_in_loop(dispatcher)


def test_made_up_targets_do_not_pile_up() -> None:
    dispatcher = Dispatcher()
    for number in range(10_000):
        dispatcher.ran_in_worker(f"/{number}", 100, CHEAP, 0.0)
    assert len(dispatcher._costs) < 10_000
