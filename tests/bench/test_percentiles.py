"""Which percentiles a report gives, and when it does not."""

from __future__ import annotations

import statistics

import pytest

from bench.level_results import histogram
from tfsctl.bench.statistics.percentiles import has_enough, latency_ms, num_needed, percentile_ms


def test_all_figures_of_many_answers() -> None:
    values = [number / 100 for number in range(1, 10001)]
    figures = latency_ms(histogram(values))
    expected = {"p50": 50, "p75": 75, "p90": 90, "p95": 95, "p99": 99, "p99.9": 99.9, "p99.99": 99.99, "max": 100}
    assert list(figures) == [*expected, "mean", "stdev"]
    for name, value in expected.items():
        assert figures[name] == pytest.approx(value, rel=0.005)
    assert figures["mean"] == pytest.approx(statistics.mean(values), rel=0.005)
    assert figures["stdev"] == pytest.approx(statistics.stdev(values), rel=0.005)


@pytest.mark.parametrize(
    ("percent", "needed"), [(50, 1), (99, 1), (99.9, 1000), (99.95, 2000), (99.99, 10000), (99.999, 100000)]
)
def test_a_rare_percentile_needs_answers_beyond_it(percent: float, needed: int) -> None:
    assert num_needed(percent) == needed
    assert has_enough(needed, percent)
    assert needed == 1 or not has_enough(needed - 1, percent)


def test_what_is_too_rare_is_not_given() -> None:
    figures = latency_ms(histogram([1.0] * 1000))
    assert figures["p99.9"] == pytest.approx(1.0)
    assert figures["p99.99"] is None
    assert percentile_ms(histogram([1.0] * 999), 99.9) is None


def test_no_answers_no_figures() -> None:
    assert set(latency_ms(histogram([])).values()) == {None}
    assert latency_ms(histogram([1.0]))["stdev"] is None
