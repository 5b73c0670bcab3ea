"""Confidence intervals: against tables, against hand calculation, and how often they hold the truth."""

from __future__ import annotations

import random

import pytest

from bench.level_results import interval, level_result, of_intervals
from tfsctl.bench.statistics.confidence import (
    batches,
    error_rate_estimate,
    percentile_estimate,
    t_quantile,
    throughput_estimate,
)


@pytest.mark.parametrize(
    # NIST/SEMATECH e-Handbook of Statistical Methods, §1.3.6.7.2.
    ("degrees", "quantile"),
    [(1, 12.706), (4, 2.776), (10, 2.228), (11, 2.201), (15, 2.131), (29, 2.045), (60, 2.000), (100, 1.984)],
)
def test_t_quantiles_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    assert t_quantile(degrees) == pytest.approx(quantile, abs=6e-4)


def test_between_degrees_the_quantile_falls() -> None:
    figures = [t_quantile(degrees / 4) for degrees in range(4, 200)]
    assert figures == sorted(figures, reverse=True)
    with pytest.raises(ValueError, match="too few"):
        t_quantile(0.5)


def test_throughput_of_repeats_by_hand() -> None:
    # Mean 100, deviation 10, standard error 10 / sqrt(4) = 5, t(3) = 3.182.
    estimate = throughput_estimate(level_result(repeat_throughputs=(90.0, 110.0, 110.0, 90.0)))
    assert estimate is not None
    assert (estimate.method, estimate.num_samples, estimate.value) == ("repeats", 4, 100.0)
    assert estimate.high == pytest.approx(100 + 3.182 * (400 / 3) ** 0.5 / 2)
    assert estimate.low == pytest.approx(200 - estimate.high)


def test_throughput_of_one_run_comes_from_its_intervals_without_the_short_last_one() -> None:
    counts = [100, 110, 90, 105, 95]
    intervals = [interval([1.0] * count, number=number) for number, count in enumerate(counts)]
    estimate = throughput_estimate(of_intervals([*intervals, interval([1.0] * 20, number=5, seconds=0.2)]))
    assert estimate is not None
    assert (estimate.method, estimate.num_samples) == ("batch means", 5)
    assert estimate.half_width == pytest.approx(2.776 * 62.5**0.5 / 5**0.5)
    assert estimate.value == pytest.approx(100)


def test_a_short_run_has_no_interval() -> None:
    short = of_intervals([interval([1.0] * 10, number=number) for number in range(4)])
    assert throughput_estimate(short) is None
    assert percentile_estimate(short, 50) is None
    assert error_rate_estimate(level_result()) is None


@pytest.mark.parametrize(("num_intervals", "num_batches"), [(4, 0), (5, 5), (30, 30), (31, 15), (600, 30), (599, 29)])
def test_there_are_at_most_thirty_batches(num_intervals: int, num_batches: int) -> None:
    intervals = [interval([1.0], number=number) for number in range(num_intervals)]
    assert len(batches(intervals)) == num_batches
    assert len({len(batch) for batch in batches(intervals)}) <= 1


def test_the_interval_holds_the_true_mean_in_95_of_100_runs() -> None:
    held = 0
    for seed in range(1000):
        chance = random.Random(seed)
        result = level_result(repeat_throughputs=tuple(chance.gauss(500, 50) for _ in range(6)))
        estimate = throughput_estimate(result)
        held += estimate is not None and estimate.low <= 500 <= estimate.high
    assert 930 <= held <= 970  # Three standard deviations of a thousand such trials.


def test_the_interval_of_a_percentile_holds_it_in_most_runs() -> None:
    held = 0
    for seed in range(100):
        chance = random.Random(seed)
        intervals = [interval([chance.uniform(0, 10) for _ in range(50)], number=number) for number in range(10)]
        estimate = percentile_estimate(of_intervals(intervals), 50)
        held += estimate is not None and estimate.low <= 5.0 <= estimate.high
    assert held >= 88


def test_a_percentile_has_no_interval_where_batches_are_too_small_for_it() -> None:
    result = of_intervals([interval([1.0] * 99, number=number) for number in range(10)])
    assert percentile_estimate(result, 99) is None
    assert percentile_estimate(result, 90) is not None


def test_error_rate_by_batches() -> None:
    wrong = [1, 2, 3, 2, 2]
    intervals = [interval([1.0] * 10, number=n, num_wrong=count) for n, count in enumerate(wrong)]
    estimate = error_rate_estimate(of_intervals(intervals, num_wrong=10))
    assert estimate is not None
    assert estimate.value == pytest.approx(0.2)
    assert estimate.half_width == pytest.approx(2.776 * 0.005**0.5 / 5**0.5)
