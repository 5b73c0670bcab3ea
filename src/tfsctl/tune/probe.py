"""How many requests to keep in flight, from how the server bears more and more of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tfsctl.bench.level_result import LevelResult
from tfsctl.tune.objective import Objective

MAX_CONCURRENCY = 64
# With fewer there is next to nothing to put together.
_MIN_CONCURRENCY = 8
_ENOUGH = 0.9


@dataclass(frozen=True, slots=True)
class LoadChoice:
    """The load that settings are compared under.

    Attributes:
        concurrency: How many requests are in flight.
        reason: Why so many, in plain words.
        levels: What was measured to find out, without batching.
    """

    concurrency: int
    reason: str
    levels: tuple[LevelResult, ...]


MeasureLoad = Callable[[int], LevelResult]


def choose_load(
    measure: MeasureLoad, objective: Objective, *, batching: Callable[[int], AbstractContextManager[MeasureLoad]]
) -> LoadChoice:
    """Double the number of requests in flight until more of them bring no more answers, and go on to four times that.

    Beyond the point where the server is busy all the time requests wait, and what waits can be put into batches. Where
    that load is too much for the limit, it is the largest that keeps it, without batching or with a guess at it.

    Args:
        measure: Measures the server without batching at a concurrency.
        objective: The limit.
        batching: Starts a server with batching for a concurrency, and measures that.
    """
    levels = _probe(measure)
    busy, wanted = _busy_from(levels), levels[-1].level.concurrency
    kept = max((level.level.concurrency for level in levels if objective.is_met(level)), default=0)
    if kept == wanted:
        return LoadChoice(wanted, f"the server is busy from {busy} on, and what waits can be batched", tuple(levels))
    with batching(wanted) as measure_batched:
        concurrency = wanted
        while concurrency > max(1, kept):
            if objective.is_met(measure_batched(concurrency)):
                return LoadChoice(concurrency, f"with batching they keep {objective.text}", tuple(levels))
            concurrency //= 2
    if kept > 1:
        return LoadChoice(kept, f"more do not keep {objective.text}", tuple(levels))
    return LoadChoice(wanted, f"the server is busy from {busy} on", tuple(levels))


def _probe(measure: MeasureLoad) -> list[LevelResult]:
    levels: list[LevelResult] = []
    concurrency = 1
    while True:
        levels.append(measure(concurrency))
        if concurrency >= min(MAX_CONCURRENCY, max(_MIN_CONCURRENCY, 4 * _busy_from(levels))):
            return levels
        concurrency *= 2


def _busy_from(levels: list[LevelResult]) -> int:
    most = max(level.throughput for level in levels)
    return next(level.level.concurrency for level in levels if level.throughput >= _ENOUGH * most)
