"""How far a measured figure can be trusted: 95 % confidence intervals, from Student's t distribution.

Requests that follow one another are not independent: a slow moment slows them all. So the spread is taken from parts of
a measurement that are long beside such moments: its repeats or, where there is but one, batches of its one-second
intervals (the method of batch means; Law, Simulation Modeling and Analysis, §9.5.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING, Literal

from tfsctl.bench.statistics.percentiles import PERCENTS, has_enough, percentile_ms

if TYPE_CHECKING:
    from tfsctl.bench.level_result import Interval, LevelResult
    from tfsctl.bench.statistics.histogram import LatencyHistogram

CONFIDENCE = 0.95
_UPPER = 1 - (1 - CONFIDENCE) / 2
MIN_BATCHES = 5
# More batches make the interval no better, and shorter ones more alike (Schmeiser 1982: 10 to 30 are enough).
_MAX_BATCHES = 30
# The last interval of a run may be short; what is shorter than this part of the longest is left out.
_FULL = 0.9
# Quantiles of the t distribution at 0.975 for 1 to 10 degrees of freedom: NIST/SEMATECH e-Handbook, §1.3.6.7.2.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)

Method = Literal["repeats", "batch means"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure with its 95 % confidence interval.

    Attributes:
        value: What was measured over all.
        low, high: Were the measurement made again and again, 95 of 100 such intervals would hold the true value.
        num_samples: From how many repeats or batches.
        method: Which of the two.
    """

    value: float
    low: float
    high: float
    num_samples: int
    method: Method

    @property
    def half_width(self) -> float:
        """How far the ends lie from the middle."""
        return (self.high - self.low) / 2


def throughput_estimate(result: LevelResult) -> Estimate | None:
    """Answers a second: from the repeats, or else from batches of intervals. None where there are too few of both."""
    if len(result.repeat_throughputs) >= 2:
        return _estimate(fmean(result.repeat_throughputs), result.repeat_throughputs, method="repeats")
    rates = [_rate(batch) for batch in batches(result.intervals)]
    return _estimate(result.throughput, rates, method="batch means")


def percentile_estimates(result: LevelResult, percents: Sequence[float] = PERCENTS) -> dict[float, Estimate | None]:
    """Percentiles of the latency in milliseconds, from batches of intervals.

    None where there are fewer than five batches, or one has not enough answers for its own such percentile.
    """
    groups = [_latencies(batch) for batch in batches(result.intervals)]
    return {percent: _percentile_estimate(result, groups, percent) for percent in percents}


def percentile_estimate(result: LevelResult, percent: float) -> Estimate | None:
    """One of `percentile_estimates`."""
    return percentile_estimates(result, (percent,))[percent]


def error_rate_estimate(result: LevelResult) -> Estimate | None:
    """The part of requests that went wrong, from 0 to 1, from batches of intervals; None where there are too few."""
    groups = [batch for batch in batches(result.intervals) if _num_requests(batch)]
    rates = [sum(i.num_wrong + i.num_failed for i in batch) / _num_requests(batch) for batch in groups]
    return _estimate(result.error_rate, rates, method="batch means")


def batches(intervals: Sequence[Interval]) -> list[tuple[Interval, ...]]:
    """The full intervals in order, in at most thirty groups of equal size; empty where there are less than five."""
    longest = max((interval.seconds for interval in intervals), default=0.0)
    full = [interval for interval in intervals if interval.seconds >= _FULL * longest]
    if len(full) < MIN_BATCHES:
        return []
    size = math.ceil(len(full) / _MAX_BATCHES)
    return [tuple(full[start : start + size]) for start in range(0, len(full) - size + 1, size)]


def half_width(samples: Sequence[float]) -> float:
    """Half the 95 % confidence interval of the mean of two or more independent samples."""
    return t_quantile(len(samples) - 1) * stdev(samples) / math.sqrt(len(samples))


def t_quantile(degrees: float) -> float:
    """What Student's t stays below in 97.5 of 100 cases, for one or more degrees of freedom.

    Up to ten a table, between its rows a line; beyond ten the expansion in Abramowitz & Stegun, 26.7.5, which is right
    to three digits there.
    """
    if degrees < 1:
        raise ValueError(f"{degrees} degrees of freedom are too few")
    if degrees < len(_T):
        row = int(degrees)
        return _T[row - 1] + (degrees - row) * (_T[row] - _T[row - 1])
    x = NormalDist().inv_cdf(_UPPER)
    terms: Sequence[Callable[[float], float]] = (
        lambda x: (x**3 + x) / 4,
        lambda x: (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        lambda x: (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
    )
    return x + sum(term(x) / degrees**power for power, term in enumerate(terms, start=1))


def _percentile_estimate(result: LevelResult, groups: Sequence[LatencyHistogram], percent: float) -> Estimate | None:
    value = percentile_ms(result.latencies, percent)
    if value is None or not all(_has_own(group, percent) for group in groups):
        return None
    return _estimate(value, [percentile_ms(group, percent) or 0.0 for group in groups], method="batch means")


def _estimate(value: float, samples: Sequence[float], *, method: Method) -> Estimate | None:
    if len(samples) < 2:
        return None
    half = half_width(samples)
    return Estimate(value=value, low=max(0.0, value - half), high=value + half, num_samples=len(samples), method=method)


def _rate(batch: Sequence[Interval]) -> float:
    return sum(interval.num_answers for interval in batch) / math.fsum(interval.seconds for interval in batch)


def _num_requests(batch: Sequence[Interval]) -> int:
    return sum(interval.num_answers + interval.num_failed for interval in batch)


def _latencies(batch: Sequence[Interval]) -> LatencyHistogram:
    from tfsctl.bench.statistics.histogram import LatencyHistogram

    return LatencyHistogram.sum_of(interval.latencies for interval in batch)


def _has_own(latencies: LatencyHistogram, percent: float) -> bool:
    """Whether some answers of a batch are beyond its own percentile: stricter than `has_enough`, for all of them."""
    return has_enough(latencies.count, percent) and latencies.count * (100 - percent) / 100 >= 1 - 1e-9
