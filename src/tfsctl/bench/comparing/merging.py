"""Several measurements of one level as one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tfsctl.bench.level_result import GeneratorLoad, Interval, LevelResult, TimeSplit
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.truth import ConfusionMatrix, Misread

_MAX_MISREAD = 100


def merged(results: Sequence[LevelResult]) -> LevelResult:
    """The results of one or more measurements at the same level, added up; their intervals one after another."""
    first, *others = results
    if not others:
        return first
    failed_calls: Counter[str] = Counter()
    for result in results:
        failed_calls.update(result.failed_calls)
    return LevelResult(
        level=first.level,
        seconds=math.fsum(result.seconds for result in results),
        num_requests=sum(result.num_requests for result in results),
        num_wrong=sum(result.num_wrong for result in results),
        num_failed=sum(result.num_failed for result in results),
        failed_calls=dict(sorted(failed_calls.items())),
        first_failure=next((result.first_failure for result in results if result.first_failure), None),
        latencies=LatencyHistogram.sum_of(result.latencies for result in results),
        intervals=_one_after_another(results),
        repeat_throughputs=tuple(figure for result in results for figure in result.repeat_throughputs),
        generator=_generator([result.generator for result in results]),
        time_split=_time_split(results),
        time_split_reason=next((result.time_split_reason for result in results if result.time_split_reason), ""),
        confusion=_confusion([result.confusion for result in results]),
        misread=_misread(results),
    )


def _one_after_another(results: Sequence[LevelResult]) -> tuple[Interval, ...]:
    before, intervals = 0.0, []
    for result in results:
        intervals += [replace(interval, start_seconds=before + interval.start_seconds) for interval in result.intervals]
        before += result.seconds
    return tuple(intervals)


def _generator(loads: Sequence[GeneratorLoad]) -> GeneratorLoad:
    """The busiest and the latest of them, and a limit where one of them was."""
    late = [load.late_ms for load in loads if load.late_ms is not None]
    limited = [load for load in loads if load.was_limit]
    return GeneratorLoad(
        num_processes=max(load.num_processes for load in loads),
        cpu_fraction=max(load.cpu_fraction for load in loads),
        late_ms={name: max(figures[name] for figures in late) for name in late[0]} if late else None,
        was_limit=bool(limited),
        reason=limited[0].reason if limited else "",
    )


def _time_split(results: Sequence[LevelResult]) -> TimeSplit | None:
    """The means, each weighted by its answers; only where all tell."""
    splits = [result.time_split for result in results]
    weights = [result.latencies.count for result in results]

    def mean(name: str) -> float | None:
        return _mean([getattr(split, name) if split is not None else None for split in splits], weights)

    total, server, run, queue = map(mean, ("total", "server", "run", "queue"))
    return None if total is None or server is None else TimeSplit(total=total, server=server, run=run, queue=queue)


def _mean(values: Sequence[float | None], weights: Sequence[int]) -> float | None:
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if len(known) < len(values) or not sum(weights):
        return None
    return math.fsum(value * weight for value, weight in known) / sum(weights)


def _misread(results: Sequence[LevelResult]) -> tuple[Misread, ...]:
    """Each request once: the same digits may have been sent each time."""
    found = {misread.number: misread for result in reversed(results) for misread in reversed(result.misread)}
    return tuple(found[number] for number in sorted(found)[:_MAX_MISREAD])


def _confusion(matrices: Sequence[ConfusionMatrix | None]) -> ConfusionMatrix | None:
    known = [matrix for matrix in matrices if matrix is not None]
    if len(known) < len(matrices) or len({matrix.class_names for matrix in known}) != 1:
        return None
    rows = zip(*(matrix.counts for matrix in known), strict=True)
    counts = tuple(tuple(sum(cells) for cells in zip(*same, strict=True)) for same in rows)
    return ConfusionMatrix(known[0].class_names, counts)
