"""Two servers, protocols or versions side by side in one run.

Both are asked in turn, in short slices in the order A B B A A B B A …: what changes on the machines meanwhile, slowly
beside a slice, meets both alike and cancels out. Each A with the B beside it is a pair, and what is told is the ratio
over the pairs with its spread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfsctl.bench.comparing.merging import merged
from tfsctl.bench.report.environment import Environment
from tfsctl.bench.report.report import SCHEMA, BenchReport
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.bench.statistics.ratio import Ratio, difference_of_pairs, ratio_of_pairs
from tfsctl.bench.statistics.ratio_words import METRICS, ratio_to_json

if TYPE_CHECKING:
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.measurement import Measurement
    from tfsctl.bench.plan import BenchPlan
    from tfsctl.bench.progress import OnProgress, Progress

NUM_SLICES = 10
_MIN_SLICE_SECONDS = 0.2
_MIN_REQUESTS = 4  # of each worker in a slice
_MIN_SLICES = 4


@dataclass(frozen=True, slots=True)
class ComparedLevel:
    """One level of both sides.

    Attributes:
        level: How hard both were pressed.
        ratios: B over A by metric, `throughput`, `p50`, `p99` and `error_rate`; None where one side had no answer.
        num_pairs: Slices of each side.
    """

    level: Level
    ratios: dict[str, Ratio | None]
    num_pairs: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What came of both sides.

    Attributes:
        names: Of A and B, as they were written.
        first, second: Their reports, all slices added up.
        levels: The ratios.
    """

    names: tuple[str, str]
    first: BenchReport
    second: BenchReport
    levels: tuple[ComparedLevel, ...]

    def to_json(self) -> dict[str, Any]:
        """As docs/reference/bench-report.md says, "A comparison"."""
        return {
            "schema": SCHEMA,
            "names": {"a": self.names[0], "b": self.names[1]},
            "levels": [
                {
                    "concurrency": compared.level.concurrency,
                    "rate": compared.level.rate,
                    "num_pairs": compared.num_pairs,
                    "ratios": {name: ratio_to_json(ratio) for name, ratio in compared.ratios.items()},
                }
                for compared in self.levels
            ],
            "a": self.first.to_json(),
            "b": self.second.to_json(),
        }


def compare(
    plans: tuple[BenchPlan, BenchPlan], names: tuple[str, str], *, on_progress: OnProgress | None = None
) -> Comparison:
    """Measure both plans in turn, each as long as its plan says; the levels of the first count for both.

    Raises:
        TfsctlError: a server or a model is not there. Once the load runs, failed calls are counted instead.
    """
    from tfsctl.bench.measurement import prepare

    first, second = plans
    with contextlib.ExitStack() as stack:
        sides = stack.enter_context(prepare(_once(first))), stack.enter_context(prepare(_once(second)))
        parts = _Parts(on_progress, sum(2 * _num_slices(first, level) for level in first.all_levels))
        slices = [_measure(level, sides, first, parts=parts) for level in first.all_levels]
    levels = tuple(compared_level(level, pairs) for level, pairs in zip(first.all_levels, slices, strict=True))
    environment = Environment.current()
    reports = [
        BenchReport(
            server=side.server,
            protocol=side.protocol,
            model=plan.model,
            signature_name=side.workload.spec.resolved_signature_name,
            version=side.workload.spec.version,
            version_label=side.workload.spec.version_label,
            workload=side.workload.description,
            checks_answers=side.workload.checks_answers,
            levels=tuple(merged([pair[index] for pair in pairs]) for pairs in slices),
            environment=environment,
        )
        for index, (side, plan) in enumerate(zip(sides, plans, strict=True))
    ]
    return Comparison(names=names, first=reports[0], second=reports[1], levels=levels)


def compared_level(level: Level, pairs: Sequence[tuple[LevelResult, LevelResult]]) -> ComparedLevel:
    """The ratios over pairs of slices."""
    return ComparedLevel(level, {name: _ratio(name, pairs) for name in METRICS}, len(pairs))


def order(num_pairs: int) -> list[int]:
    """Which side each slice is for, 0 or 1: 0 1 1 0, and again from the start."""
    return [index for pair in range(num_pairs) for index in ((0, 1) if pair % 2 == 0 else (1, 0))]


def num_pairs(plan: BenchPlan, level: Level) -> int:
    """How many slices of each side: ten where there is enough for ten, an even number, at least four."""
    if plan.duration_seconds is not None:
        fitting = int(plan.duration_seconds / _MIN_SLICE_SECONDS)
    else:
        fitting = plan.num_tests // (_MIN_REQUESTS * level.concurrency)
    return max(_MIN_SLICES, min(NUM_SLICES, fitting)) // 2 * 2


def _measure(
    level: Level,
    sides: tuple[Measurement, Measurement],
    plan: BenchPlan,
    *,
    parts: _Parts,
) -> list[tuple[LevelResult, LevelResult]]:
    count = _num_slices(plan, level)
    num_tests = None if plan.limit is None else max(1, plan.limit * plan.repeats // count)
    results: tuple[list[LevelResult], list[LevelResult]] = ([], [])
    for index in order(count):
        before = results[index]
        result = sides[index].measure(
            level,
            num_tests=num_tests,
            duration_seconds=plan.duration_seconds and plan.duration_seconds * plan.repeats / count,
            first_request=sum(one.num_requests for one in before),
            on_progress=parts.next(),
        )
        before.append(result)
    return list(zip(*results, strict=True))


def _once(plan: BenchPlan) -> BenchPlan:
    """Repeats are slices here."""
    return replace(plan, repeats=1)


def _num_slices(plan: BenchPlan, level: Level) -> int:
    """Of each side, repeats included."""
    return num_pairs(plan, level) * plan.repeats


class _Parts:
    """Tells the progress of slice after slice as that of parts of the whole."""

    def __init__(self, on_progress: OnProgress | None, count: int) -> None:
        self._on_progress = on_progress
        self._count = count
        self._number = 0

    def next(self) -> OnProgress | None:
        """What takes the progress of the next slice; None if nobody wants to know."""
        self._number += 1
        return self._tell if self._on_progress is not None else None

    def _tell(self, state: Progress) -> None:
        assert self._on_progress is not None
        self._on_progress(replace(state, level_number=self._number, num_levels=self._count))


def _ratio(name: str, pairs: Sequence[tuple[LevelResult, LevelResult]]) -> Ratio | None:
    read, of_pairs = _READERS[name]
    figures = [(read(first), read(second)) for first, second in pairs]
    return of_pairs([(first, second) for first, second in figures if first is not None and second is not None])


_READERS: dict[
    str,
    tuple[Callable[[LevelResult], float | None], Callable[[Sequence[tuple[float, float]]], Ratio | None]],
] = {
    "throughput": (lambda result: result.throughput, ratio_of_pairs),
    "p50": (lambda result: percentile_ms(result.latencies, 50), ratio_of_pairs),
    "p99": (lambda result: percentile_ms(result.latencies, 99), ratio_of_pairs),
    "error_rate": (lambda result: result.error_rate, difference_of_pairs),
}
