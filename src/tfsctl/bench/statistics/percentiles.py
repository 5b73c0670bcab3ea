"""Latencies as a report tells them: percentiles, mean and spread, in milliseconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.bench.statistics.histogram import LatencyHistogram

PERCENTS = (50, 75, 90, 95, 99, 99.9, 99.99)
# From here on a percentile is given only if at least one answer is expected beyond it.
_FIRST_RARE_PERCENT = 99.9
_MILLISECONDS = 1000.0


def latency_ms(latencies: LatencyHistogram) -> dict[str, float | None]:
    """The figures of a report, in milliseconds: `p50` … `p99.99`, `max`, `mean`, `stdev`.

    All are None where there is no answer, and a percentile where `has_enough` says no.
    """
    percentiles = {f"p{percent:g}": percentile_ms(latencies, percent) for percent in PERCENTS}
    return {
        **percentiles,
        "max": to_milliseconds(latencies.max_seconds),
        "mean": to_milliseconds(latencies.mean_seconds),
        "stdev": stdev_ms(latencies),
    }


def percentile_ms(latencies: LatencyHistogram, percent: float) -> float | None:
    """The latency that `percent` of all answers do not exceed; None where there are too few (`has_enough`)."""
    if not has_enough(latencies.count, percent):
        return None
    return to_milliseconds(latencies.percentile_seconds(percent))


def has_enough(count: int, percent: float) -> bool:
    """Whether the percentile of so many answers says more than that one of them was slow.

    p99.9 needs 1,000 answers, p99.99 10,000: of fewer, on average not even one is slower, so that the figure would be
    the maximum under a finer name. p99 and below are always given; of less than 100 answers p99 is the maximum.
    """
    return percent < _FIRST_RARE_PERCENT or count >= num_needed(percent)


def num_needed(percent: float) -> int:
    """How many answers there must be for one to be slower than this percentile; see `has_enough`."""
    return 1 if percent < _FIRST_RARE_PERCENT else math.ceil(100 / (100 - percent) - 1e-6)


def stdev_ms(latencies: LatencyHistogram) -> float | None:
    """The standard deviation of the answers' latencies, within the histogram's precision; None for less than two."""
    mean, count = latencies.mean_seconds, latencies.count
    if mean is None or count < 2:
        return None
    squares = math.fsum(number * (seconds - mean) ** 2 for seconds, number in latencies.buckets())
    return math.sqrt(squares / (count - 1)) * _MILLISECONDS


def to_milliseconds(seconds: float | None) -> float | None:
    """None stays None."""
    return None if seconds is None else seconds * _MILLISECONDS
