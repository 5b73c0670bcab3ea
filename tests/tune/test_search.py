from __future__ import annotations

import pytest

from tfsctl.tune.setting import Setting
from tune.machine import Machine


def _gains_by_batching(noise: float = 0.0) -> Machine:
    return Machine(fixed_ms=4.0, row_ms=0.1, noise=noise)


def _gains_nothing(noise: float = 0.0) -> Machine:
    return Machine(fixed_ms=0.0, row_ms=2.0, noise=noise)


def test_search_where_a_batch_costs_little_more_than_a_request_finds_large_batches() -> None:
    machine = _gains_by_batching()
    result = machine.search()
    best = max(map(machine.throughput, machine.seen))
    assert result.chosen.setting.batching is not None
    assert machine.throughput(result.chosen.setting) >= 0.95 * best
    assert result.gain is not None
    assert result.gain.stands_out
    assert result.gain.value == pytest.approx(best / machine.throughput(Setting()), rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_search_on_a_noisy_machine_still_comes_near_the_best(seed: int) -> None:
    machine = _gains_by_batching(noise=0.05)
    machine.random.seed(seed)
    result = machine.search()
    assert machine.throughput(result.chosen.setting) >= 0.85 * max(map(machine.throughput, machine.seen))


@pytest.mark.parametrize("seed", range(5))
def test_search_where_batching_gains_nothing_leaves_it_off(seed: int) -> None:
    machine = _gains_nothing(noise=0.03)
    machine.random.seed(seed)
    result = machine.search()
    assert result.chosen.setting.batching is None
    assert result.rival is not None
    assert result.rival.setting.batching is not None


def test_search_where_one_thread_is_faster_finds_that_without_batching() -> None:
    result = Machine(fixed_ms=0.0, row_ms=2.0, single_thread_gain=1.3).search()
    assert result.chosen.setting == Setting(intra_op_parallelism=1)
    assert result.gain is not None
    assert result.gain.value == pytest.approx(1.3)


def test_search_under_a_limit_does_not_choose_what_misses_it() -> None:
    machine = _gains_by_batching()
    without = machine.concurrency / machine.throughput(Setting()) * 1000
    result = machine.search(limit=f"p99<{without / 2}ms")
    assert result.chosen.setting.batching is not None
    assert machine.concurrency / machine.throughput(result.chosen.setting) * 1.2 < without / 2


def test_search_where_nothing_keeps_the_limit_chooses_what_comes_nearest() -> None:
    machine = _gains_by_batching()
    result = machine.search(limit="p99<0.1ms")
    assert machine.throughput(result.chosen.setting) == max(map(machine.throughput, machine.seen))


def test_search_of_a_model_that_cannot_be_batched_says_why_and_tries_no_more_batches() -> None:
    machine = Machine(fixed_ms=0.0, row_ms=2.0, refusal="Batched output tensor has 0 dimensions")
    result = machine.search()
    assert result.batching_failure == "Batched output tensor has 0 dimensions"
    assert result.chosen.setting.batching is None
    assert sum(setting.batching is not None for setting in machine.seen) == 1


def test_search_of_requests_of_different_shapes_pads_them() -> None:
    machine = Machine(
        fixed_ms=4.0, row_ms=0.1, refusal="… shapes and padding is turned off. Set …", tolerates_padding=True
    )
    result = machine.search()
    assert result.batching_failure is None
    assert result.chosen.setting.batching is not None
    assert result.chosen.setting.batching.pad_variable_length_inputs


@pytest.mark.parametrize("budget_seconds", [10.0, 60.0, 600.0])
def test_search_takes_about_as_long_as_it_may(budget_seconds: float) -> None:
    machine = _gains_by_batching()
    machine.search(budget_seconds=budget_seconds)
    assert machine.now <= budget_seconds + 1


def test_search_with_time_for_next_to_nothing_changes_nothing() -> None:
    result = _gains_by_batching().search(budget_seconds=1.0)
    assert result.chosen.setting == Setting()
    assert len(result.trials) == 2


def test_finalists_take_turns_and_begin_in_turn() -> None:
    result = _gains_by_batching().search()
    rounds = [sorted(trial.rounds) for trial in result.finalists]
    assert len(rounds) >= 2
    assert all(each == rounds[0] for each in rounds)
    assert len(rounds[0]) >= 3
