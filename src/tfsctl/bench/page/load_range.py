"""Levels that differ in one thing, concurrency or rate, and where pressing harder stops to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tfsctl.bench.level_result import LevelResult

# So much of the most throughput, or of the planned rate, is as good as all of it.
ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Knee:
    """Where pressing harder stops to pay.

    Attributes:
        result: The last level that still paid.
        is_end: Whether there is none beyond, so that the range ends before the server does.
    """

    result: LevelResult
    is_end: bool


@dataclass(frozen=True, slots=True)
class LoadRange:
    """Levels from the least load to the most.

    Attributes:
        results: At least one.
        is_of_rates: Whether they differ in the planned rate, else in how many requests are in flight.
    """

    results: tuple[LevelResult, ...]
    is_of_rates: bool

    def load(self, result: LevelResult) -> float:
        """What the levels differ in, as a number."""
        return float(result.level.rate or 0.0) if self.is_of_rates else float(result.level.concurrency)

    def name(self, result: LevelResult) -> str:
        """The same in words: `500 requests/s`, `concurrency 16`."""
        return f"{self.load(result):,g} requests/s" if self.is_of_rates else f"concurrency {result.level.concurrency:,}"

    def knee(self) -> Knee | None:
        """The first level with 95 % of the most throughput; of planned rates the highest that was held to 95 %.

        None for a single level, where no call was answered, and where not even the lowest rate was held.
        """
        most = max(result.throughput for result in self.results)
        if len(self.results) < 2 or most == 0:
            return None
        if self.is_of_rates:
            fast_enough = [result for result in self.results if result.throughput >= ENOUGH * self.load(result)]
            last = fast_enough[-1] if fast_enough else None
            return Knee(last, last is self.results[-1]) if last else None
        first = next(result for result in self.results if result.throughput >= ENOUGH * most)
        return Knee(first, first is self.results[-1])


def load_ranges(results: Sequence[LevelResult]) -> list[LoadRange]:
    """The levels as ranges: of rates one for each concurrency, where there are several rates; else one of all."""
    if len({result.level.rate for result in results}) < 2:
        return [LoadRange(tuple(sorted(results, key=lambda result: result.level.concurrency)), is_of_rates=False)]
    ordered = sorted(results, key=lambda result: (result.level.concurrency, result.level.rate or 0.0))
    concurrencies = dict.fromkeys(result.level.concurrency for result in ordered)
    return [
        LoadRange(tuple(result for result in ordered if result.level.concurrency == count), is_of_rates=True)
        for count in concurrencies
    ]


def range_of(results: Sequence[LevelResult], result: LevelResult) -> LoadRange:
    """The range among those of `results` that `result` is in."""
    return next(found for found in load_ranges(results) if any(one is result for one in found.results))


def level_name(result: LevelResult) -> str:
    """`concurrency 16`, `500 requests/s, concurrency 16`."""
    rate = f"{result.level.rate:,g} requests/s, " if result.level.rate is not None else ""
    return f"{rate}concurrency {result.level.concurrency:,}"
