"""The histogram against what numpy computes from the values themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.bench import LatencyHistogram
from tfsctl.bench.statistics.hdr_format import LONGEST_NANOSECONDS, SIGNIFICANT_FIGURES

SECONDS = st.floats(0, 1e4, allow_nan=False) | st.floats(0, 1e-6)
PERCENTS = (0, 1, 25, 50, 90, 99, 99.9, 100)


def recorded(values: list[float]) -> LatencyHistogram:
    histogram = LatencyHistogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(st.lists(SECONDS, min_size=1, max_size=200), st.sampled_from(PERCENTS))
def test_percentiles_differ_from_the_true_ones_by_the_documented_error(values: list[float], percent: float) -> None:
    true = float(np.percentile(values, percent, method="inverted_cdf"))
    found = recorded(values).percentile_seconds(percent)
    assert found == pytest.approx(true, rel=LatencyHistogram.RELATIVE_ERROR, abs=1e-9)


@given(st.lists(SECONDS), st.lists(SECONDS))
def test_merging_is_as_if_all_had_been_recorded_in_one(first: list[float], second: list[float]) -> None:
    merged, together = recorded(first), recorded(first + second)
    merged.merge(recorded(second))
    assert list(merged.buckets()) == list(together.buckets())
    assert [merged.percentile_seconds(p) for p in PERCENTS] == [together.percentile_seconds(p) for p in PERCENTS]
    assert (merged.min_seconds, merged.max_seconds, merged.count) == (
        together.min_seconds,
        together.max_seconds,
        together.count,
    )


@given(st.lists(SECONDS, min_size=1))
def test_least_largest_and_mean_are_exact_to_the_nanosecond(values: list[float]) -> None:
    histogram = recorded(values)
    assert histogram.min_seconds == pytest.approx(min(values), abs=1e-9, rel=1e-12)
    assert histogram.max_seconds == pytest.approx(max(values), abs=1e-9, rel=1e-12)
    assert histogram.mean_seconds == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    assert histogram.percentile_seconds(100) == histogram.max_seconds


@given(st.lists(SECONDS, min_size=1))
def test_buckets_ascend_and_hold_all_values(values: list[float]) -> None:
    buckets = list(recorded(values).buckets())
    assert sum(count for _, count in buckets) == len(values)
    assert [middle for middle, _ in buckets] == sorted(middle for middle, _ in buckets)


def test_an_empty_histogram_has_no_figures() -> None:
    histogram = LatencyHistogram()
    assert (histogram.count, histogram.min_seconds, histogram.max_seconds, histogram.mean_seconds) == (
        0,
        None,
        None,
        None,
    )
    assert histogram.percentile_seconds(50) is None


def test_a_clock_that_runs_backwards_counts_as_zero() -> None:
    assert recorded([-0.5]).max_seconds == 0.0


@pytest.mark.parametrize("percent", [-1, 100.5])
def test_a_percentage_beyond_all_is_an_error(percent: float) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        recorded([1.0]).percentile_seconds(percent)


@given(st.lists(SECONDS.filter(lambda seconds: seconds < 80_000)))
def test_buckets_are_those_of_the_hdr_library(values: list[float]) -> None:
    theirs = HdrHistogram(1, LONGEST_NANOSECONDS, SIGNIFICANT_FIGURES)
    for value in values:
        theirs.record_value(max(0, round(value * 1e9)))
    read = LatencyHistogram.decode(theirs.encode().decode())
    assert [count for _, count in read.buckets()] == [count for _, count in recorded(values).buckets()]
    assert [round(middle, 3) for middle, _ in read.buckets()] == pytest.approx(
        [round(middle, 3) for middle, _ in recorded(values).buckets()], rel=LatencyHistogram.RELATIVE_ERROR
    )


@given(st.lists(SECONDS, min_size=1, max_size=100))
def test_what_is_decoded_differs_by_the_documented_error(values: list[float]) -> None:
    before = recorded(values)
    after = LatencyHistogram.decode(before.encode())
    assert after.count == before.count
    for percent in PERCENTS:
        assert after.percentile_seconds(percent) == pytest.approx(
            before.percentile_seconds(percent), rel=LatencyHistogram.RELATIVE_ERROR, abs=1e-9
        )


def test_more_than_a_day_counts_in_the_last_bucket() -> None:
    longest = recorded([1e6, 2e6])
    assert [count for _, count in longest.buckets()] == [2]
    assert longest.max_seconds == 2e6
