"""What a search means, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.bench.statistics.ratio import Ratio
from tfsctl.tune.figures import Trial
from tfsctl.tune.objective import Objective
from tfsctl.tune.search_result import ENOUGH_ROUNDS, SearchResult

# Where a gain above this cannot be ruled out, nobody can say that there is none.
_WIDE = 1.1
_HOW_TO_TELL = "That is too wide a range: more --budget-seconds, or a machine with nothing else to do, may tell."
_LEAVE_OFF = "Batching does not help this model under this load, so leave it off:"


def reasons(result: SearchResult, objective: Objective) -> tuple[str, ...]:
    """Why the chosen setting was chosen, a sentence or two each; what misses a limit comes first."""
    return tuple(_reasons(result, objective))


def traded(chosen: LevelResult, baseline: LevelResult) -> str:
    """What became of throughput and latency, from the server without any flags to the chosen one."""
    parts = [_change("answers/s", baseline.throughput, chosen.throughput)]
    for percent in (50, 99):
        before, after = (percentile_ms(each.latencies, percent) for each in (baseline, chosen))
        if before is not None and after is not None:
            parts.append(_change(f"p{percent} ms", before, after))
    return ", ".join(parts)


def _reasons(result: SearchResult, objective: Objective) -> Iterator[str]:
    missed = objective.missed_by(result.chosen.figures)
    if missed is not None:
        yield f"Nothing that was tried keeps the limit. This comes nearest: {missed}. Less load (--concurrency) may."
    if result.chosen is not result.baseline:
        yield _gain_sentence(result, objective)
    elif missed is None and result.num_rounds < ENOUGH_ROUNDS and result.rival is not None:
        yield "There was too little time to be sure of any gain: nothing is changed."
    elif missed is None:
        yield "Nothing that was tried is better for sure than a server without any of these flags."
    if missed is None or result.batching_failure is not None:
        yield from _about_batching(result, objective)


def _gain_sentence(result: SearchResult, objective: Objective) -> str:
    ratio = f"{_compared(objective)} {_ratio(result.gain, result)} as without any of these flags."
    missed = objective.missed_by(result.baseline.figures)
    return ratio if missed is None else f"{ratio} Without them: {missed}."


def _about_batching(result: SearchResult, objective: Objective) -> Iterator[str]:
    if result.batching_failure is not None:
        yield f"The model cannot be batched: {result.batching_failure}"
        return
    rival = result.rival
    if result.chosen.setting.batching is not None or rival is None or rival.setting.batching is None:
        return
    yield _why_not(rival, result, objective)


def _why_not(rival: Trial, result: SearchResult, objective: Objective) -> str:
    best = f"the best of it ({rival.setting})"
    missed = objective.missed_by(rival.figures)
    if missed is not None:
        return f"{_LEAVE_OFF} {best} does not keep the limit: {missed}."
    gain = result.rival_gain
    ratio = f"{_compared(objective).lower()} {_ratio(gain, result)} as without it"
    if gain is None or gain.low is None or gain.high is None or result.num_rounds < ENOUGH_ROUNDS:
        return f"Whether batching helps cannot be told. With {best} {ratio}. A longer --budget-seconds may tell."
    if gain.high < 1:
        return f"{_LEAVE_OFF} {best} is worse: {ratio}."
    if gain.low > 1:
        return f"{_LEAVE_OFF} {best} gains too little to be worth a file: {ratio}."
    if gain.high > _WIDE:
        return f"It does not show that batching helps, so leave it off: with {best} {ratio}. {_HOW_TO_TELL}"
    return f"{_LEAVE_OFF} {best} does not stand out of the noise: {ratio}."


def _compared(objective: Objective) -> str:
    return "Throughput is" if objective.rate is None else f"Speed (by p{objective.percent:g}) is"


def _ratio(gain: Ratio | None, result: SearchResult) -> str:
    if gain is None:
        return "as high, for all that is known after so short a time,"
    if gain.low is None or gain.high is None or result.num_rounds < ENOUGH_ROUNDS:
        return f"{gain.value:.2f} times as high (in {result.num_rounds} rounds, too few to be sure)"
    return f"{gain.value:.2f} times as high ({gain.low:.2f} to {gain.high:.2f}, 95 %, {result.num_rounds} rounds)"


def _change(what: str, before: float, after: float) -> str:
    return f"{what} {before:.4g} -> {after:.4g} ({after / before - 1:+.0%})" if before else f"{what} {after:.4g}"
