"""Search settings within a time: many are looked at briefly, the best ones longer, the last ones side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.statistics.ratio import Ratio
from tfsctl.tune.figures import Trial
from tfsctl.tune.objective import Objective
from tfsctl.tune.search_result import ENOUGH_ROUNDS, SearchResult
from tfsctl.tune.setting import Setting
from tfsctl.tune.space import (
    BATCHING_COORDINATES,
    LATE_BATCHING_COORDINATES,
    THREAD_COORDINATES,
    Coordinate,
    Space,
    padded,
)

# Where screening and then halving have to end, as shares of the time there is.
_SCREENING, _HALVING = 0.45, 0.6
_MAX_PASSES = 3
_NUM_HALVED = 3
_MAX_ROUNDS = 8
_WANTED_ROUNDS = 5
# With fewer rounds hardly anything stands out of the noise: to have them, for two finalists, all else is cut short.
_MIN_RUNS = 2 * ENOUGH_ROUNDS
# A run is as long as these many of the shortest ones.
_MEDIUM, _LONG = 2, 3
# Less than this is not worth a file, however sure it is.
MIN_GAIN = 1.03
_NEEDS_PADDING = "padding is turned off"


class Measure(Protocol):
    """Measures a setting."""

    def __call__(self, setting: Setting, seconds: float, /, *, phase: str) -> LevelResult:
        """Measure it on a server of its own. `phase` is what that is done for, in a word or two."""


@dataclass(kw_only=True, slots=True)
class Search:
    """One search, run once.

    Coordinate descent: from a setting that the load suggests, one parameter after another is set to each of its values,
    and the best is kept. The best few are measured longer, and the finalists take turns, each round in another order,
    so that what slows the machine down for a while slows down all of them.

    Attributes:
        space: The candidates.
        objective: What is wanted.
        measure: Measures one setting.
        clock: The time in seconds.
        until: When to be done, on that clock. What runs then is not cut short.
        run_seconds: How long the shortest runs are.
    """

    space: Space
    objective: Objective
    measure: Measure
    clock: Callable[[], float]
    until: float
    run_seconds: float
    batching_failure: str | None = None
    _trials: dict[Setting, Trial] = field(default_factory=dict)
    _overheads: list[float] = field(default_factory=list)

    def run(self) -> SearchResult:
        """Carry it out."""
        started = self.clock()
        time = max(0.0, self.until - started)
        self._try(Setting(), phase="screening")
        self._first_batching()
        self._screen(until=self._earlier(started + time * _SCREENING))
        self._halve(until=self._earlier(started + time * _HALVING))
        finalists = self._finalists()
        self._compete(finalists)
        return self._result(finalists)

    # Screening -----------------------------------------------------------------------------------

    def _first_batching(self) -> None:
        """The first setting with batching tells whether the model can be batched at all."""
        trial = self._try(self.space.first_batching(), phase="screening")
        if trial.figures.first_failure is not None and _NEEDS_PADDING in trial.figures.first_failure:
            self.space = replace(self.space, pads=True)
            trial = self._try(padded(trial.setting), phase="screening")
        figures = trial.figures
        if figures.num_failed * 2 > figures.num_requests:
            self.batching_failure = figures.first_failure or "all calls fail"

    def _screen(self, *, until: float) -> None:
        steps: list[tuple[bool, Coordinate]] = [
            *((True, turn) for turn in BATCHING_COORDINATES),
            *((False, turn) for turn in THREAD_COORDINATES),
            *((True, turn) for turn in LATE_BATCHING_COORDINATES),
        ]
        for _ in range(_MAX_PASSES):
            num_tried = len(self._trials)
            for with_batching, turn in steps:
                self._turn(turn, with_batching=with_batching, until=until)
            if len(self._trials) == num_tried:
                break

    def _turn(self, turn: Coordinate, *, with_batching: bool, until: float) -> None:
        """Try all values of one parameter, from the best setting so far."""
        best = self._best(with_batching=with_batching)
        if best is None:
            return
        for setting in turn(self.space, best.setting):
            if setting not in self._trials and self._fits(self.run_seconds, until):
                self._try(setting, phase="screening")

    # Halving and the final -----------------------------------------------------------------------

    def _halve(self, *, until: float) -> None:
        """Measure the best ones longer: a short run's best is often only the luckiest."""
        best = [*self._ranked(with_batching=True)[:_NUM_HALVED], *self._ranked(with_batching=False)[:_NUM_HALVED]]
        for trial in sorted(best, key=self._rank, reverse=True):
            if self._fits(_MEDIUM * self.run_seconds, until):
                self._measure(trial, _MEDIUM * self.run_seconds, phase="measuring longer")

    def _finalists(self) -> list[Trial]:
        baseline = self._trials[Setting()]
        candidates = (self._simplest_of_best(with_batching=False), self._simplest_of_best(with_batching=True))
        return [baseline, *(trial for trial in candidates if trial is not None and trial is not baseline)]

    def _compete(self, finalists: Sequence[Trial]) -> None:
        if len(finalists) < 2:
            return
        overhead = self._overhead()
        share = (self.until - self.clock()) / _WANTED_ROUNDS / len(finalists) - overhead
        seconds = min(_LONG * self.run_seconds, max(self.run_seconds, share))
        for number in range(_MAX_ROUNDS):
            if self.clock() + len(finalists) * (seconds + overhead) > self.until:
                break
            for trial in _turned(finalists, number):
                trial.rounds[number] = self._measure(trial, seconds, phase=f"final round {number + 1}")

    def _result(self, finalists: Sequence[Trial]) -> SearchResult:
        baseline = self._trials[Setting()]
        chosen = self._choose(finalists)
        rival = next((trial for trial in finalists if trial.setting.batching is not None), None)
        if rival is None and len(finalists) > 1:
            rival = finalists[1]
        compare = self.objective.compare
        return SearchResult(
            trials=tuple(self._trials.values()),
            finalists=tuple(sorted(finalists, key=self._rank, reverse=True)),
            chosen=chosen,
            gain=None if chosen is baseline else compare(chosen, baseline),
            rival=rival,
            rival_gain=None if rival is None or rival is chosen else compare(rival, chosen),
            num_rounds=len(baseline.rounds),
            batching_failure=self.batching_failure,
        )

    def _choose(self, finalists: Sequence[Trial]) -> Trial:
        """The simplest than which the best one is not better for sure; the best itself if none keeps the limit."""
        winner = max(finalists, key=self._rank)
        if not self.objective.is_met(winner.figures):
            return winner
        for trial in sorted(finalists, key=lambda trial: trial.setting.complexity):
            if trial is winner:
                break
            if self.objective.is_met(trial.figures) and not _is_worth_it(self.objective.compare(winner, trial)):
                return trial
        return winner

    # Trials --------------------------------------------------------------------------------------

    def _try(self, setting: Setting, *, phase: str) -> Trial:
        trial = self._trials.setdefault(setting, Trial(setting))
        self._measure(trial, self.run_seconds, phase=phase)
        return trial

    def _measure(self, trial: Trial, seconds: float, *, phase: str) -> LevelResult:
        started = self.clock()
        result = self.measure(trial.setting, seconds, phase=phase)
        self._overheads.append(self.clock() - started - seconds)
        trial.runs.append(result)
        return result

    def _earlier(self, until: float) -> float:
        """That time, or an earlier one that leaves enough for the rounds at the end."""
        return min(until, self.until - _MIN_RUNS * (self.run_seconds + self._overhead()))

    def _fits(self, seconds: float, until: float) -> bool:
        return self.clock() + seconds + self._overhead() <= until

    def _overhead(self) -> float:
        """What a run costs beside its own seconds, for the most part starting the server."""
        return max(0.0, sum(self._overheads) / len(self._overheads)) if self._overheads else 0.0

    def _ranked(self, *, with_batching: bool) -> list[Trial]:
        if with_batching and self.batching_failure is not None:
            return []
        trials = (t for t in self._trials.values() if (t.setting.batching is not None) == with_batching)
        return sorted(trials, key=self._rank, reverse=True)

    def _best(self, *, with_batching: bool) -> Trial | None:
        return next(iter(self._ranked(with_batching=with_batching)), None)

    def _simplest_of_best(self, *, with_batching: bool) -> Trial | None:
        """What is as good as the best, for all that short runs can tell, and has the least to write down."""
        best = self._best(with_batching=with_batching)
        if best is None or not self.objective.is_met(best.figures):
            return best
        enough = self.objective.merit(best.figures) / MIN_GAIN
        as_good = [
            trial
            for trial in self._ranked(with_batching=with_batching)
            if self.objective.is_met(trial.figures) and self.objective.merit(trial.figures) >= enough
        ]
        return min(as_good, key=lambda trial: trial.setting.complexity)

    def _rank(self, trial: Trial) -> tuple[bool, float, float]:
        return self.objective.rank(trial.figures)


def _is_worth_it(gain: Ratio | None) -> bool:
    return gain is not None and gain.low is not None and gain.low > 1 and gain.value >= MIN_GAIN


def _turned(finalists: Sequence[Trial], number: int) -> Iterator[Trial]:
    """All of them, another one first in each round."""
    for position in range(len(finalists)):
        yield finalists[(position + number) % len(finalists)]
