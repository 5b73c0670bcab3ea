"""How one figure compares with another: their ratio, and whether it stands out of the noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from tfsctl.bench.statistics.confidence import half_width, t_quantile

if TYPE_CHECKING:
    from tfsctl.bench.statistics.confidence import Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """B over A, or B less A where `is_difference`.

    Attributes:
        value: The ratio.
        low, high: Its 95 % confidence interval; None where there is too little to tell.
        is_difference: B less A instead: of error rates, which may be 0.
    """

    value: float
    low: float | None = None
    high: float | None = None
    is_difference: bool = False

    @property
    def stands_out(self) -> bool | None:
        """Whether the interval leaves out "no difference"; None where there is no interval."""
        if self.low is None or self.high is None:
            return None
        same = 0.0 if self.is_difference else 1.0
        return not self.low <= same <= self.high


def ratio_of_pairs(pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """The ratio of second to first over pairs that were measured beside each other; None without a usable pair.

    It is the geometric mean of the pairs' ratios; its spread is Student's over their logarithms, from two pairs on.
    What changes slowly on the machine changes both of a pair, and so does not count as spread.
    """
    logs = [math.log(second / first) for first, second in pairs if first > 0 and second > 0]
    if not logs:
        return None
    middle = fmean(logs)
    if len(logs) < 2:
        return Ratio(value=math.exp(middle))
    half = half_width(logs)
    return Ratio(value=math.exp(middle), low=math.exp(middle - half), high=math.exp(middle + half))


def difference_of_pairs(pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """The same for second less first; None without a pair."""
    differences = [second - first for first, second in pairs]
    if not differences:
        return None
    middle = fmean(differences)
    if len(differences) < 2:
        return Ratio(value=middle, is_difference=True)
    half = half_width(differences)
    return Ratio(value=middle, low=middle - half, high=middle + half, is_difference=True)


def ratio_of_estimates(
    first: float, second: float, *, first_estimate: Estimate | None, second_estimate: Estimate | None
) -> Ratio | None:
    """Second over first, measured apart; the spread is put together from their own. None where one of them is not > 0.

    Machines drift, which two measurements apart cannot tell from a difference: see `ratio_of_pairs`.
    """
    if first <= 0 or second <= 0:
        return None
    value = second / first
    if first_estimate is None or second_estimate is None:
        return Ratio(value=value)
    half = _welch(_relative(first_estimate), _relative(second_estimate))
    return Ratio(value=value, low=value * math.exp(-half), high=value * math.exp(half))


def difference_of_estimates(
    first: float, second: float, *, first_estimate: Estimate | None, second_estimate: Estimate | None
) -> Ratio:
    """Second less first, as `ratio_of_estimates`."""
    value = second - first
    if first_estimate is None or second_estimate is None:
        return Ratio(value=value, is_difference=True)
    half = _welch(_absolute(first_estimate), _absolute(second_estimate))
    return Ratio(value=value, low=value - half, high=value + half, is_difference=True)


def _welch(first: tuple[float, int], second: tuple[float, int]) -> float:
    """Half the interval of a difference of two means by their standard errors and degrees of freedom (Welch 1947)."""
    squares = [error**2 for error, _ in (first, second)]
    total = sum(squares)
    if total <= 0:
        return 0.0
    degrees = total**2 / sum(square**2 / count for square, (_, count) in zip(squares, (first, second), strict=True))
    return t_quantile(max(1.0, degrees)) * math.sqrt(total)


def _absolute(estimate: Estimate) -> tuple[float, int]:
    degrees = estimate.num_samples - 1
    return (estimate.high - estimate.value) / t_quantile(degrees), degrees


def _relative(estimate: Estimate) -> tuple[float, int]:
    """The standard error of the logarithm, to the first order."""
    error, degrees = _absolute(estimate)
    return error / estimate.value, degrees
