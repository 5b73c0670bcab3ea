"""What is wanted: the most answers under the limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.objectives.slo import Judgement
from tfsctl.bench.objectives.slo import Objective as Limit
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.bench.statistics.ratio import Ratio, ratio_of_pairs
from tfsctl.tune.figures import Trial
from tfsctl.tune.limit import excess

# A setting that fails more calls than this is none to recommend, however quick the others were.
MAX_FAILED = 0.001
_DEFAULT_PERCENT = 99.0


@dataclass(frozen=True, slots=True)
class Objective:
    """How settings are compared.

    Attributes:
        limits: What must be kept; none: throughput alone counts.
        rate: Requests a second that are sent whatever happens. All settings that keep up answer as many, so the quicker
            ones are the better ones. None: the more answers the better.
    """

    limits: tuple[Limit, ...] = ()
    rate: float | None = None

    @property
    def text(self) -> str | None:
        """The limits as they were written; None where there are none."""
        return ", ".join(limit.text for limit in self.limits) or None

    @property
    def percent(self) -> float:
        """The percentile that tells how quick answers are: the limited one, else the 99th."""
        percents = (limit.measure.percent for limit in self.limits)
        return next((percent for percent in percents if percent is not None), _DEFAULT_PERCENT)

    def is_met(self, result: LevelResult) -> bool:
        """Whether all limits are kept, and calls are answered."""
        return self.missed_by(result) is None

    def missed_by(self, result: LevelResult) -> str | None:
        """What is missed, and by how much; None where all is kept."""
        if _fails(result):
            return f"{result.num_failed} of {result.num_requests} calls failed: {result.first_failure}"
        missed = [judgement.line for judgement in self._judgements(result) if not judgement.is_met]
        return "; ".join(missed) or None

    def merit(self, result: LevelResult) -> float:
        """More is better: answers a second, or where these are planned, how short the limited percentile is."""
        if self.rate is None:
            return result.throughput
        value = percentile_ms(result.latencies, self.percent)
        return 1000 / value if value else 0.0

    def rank(self, result: LevelResult) -> tuple[bool, float, float]:
        """Sorts results: the best is the greatest. What misses a limit is worse the more it does."""
        if self.is_met(result):
            return True, self.merit(result), 0.0
        if _fails(result):
            return False, -math.inf, -result.num_failed
        return False, -max(excess(judgement) for judgement in self._judgements(result)), self.merit(result)

    def compare(self, first: Trial, second: Trial) -> Ratio | None:
        """How many times as good the first is as the second, over the rounds in which both were measured."""
        rounds = sorted(first.rounds.keys() & second.rounds.keys())
        return ratio_of_pairs([(self.merit(second.rounds[n]), self.merit(first.rounds[n])) for n in rounds])

    def _judgements(self, result: LevelResult) -> list[Judgement]:
        return [limit.judge(result) for limit in self.limits]


def _fails(result: LevelResult) -> bool:
    return not result.num_requests or result.num_failed / result.num_requests > MAX_FAILED
