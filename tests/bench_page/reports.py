"""Reports made by hand: deterministic, and with everything that a page can show."""

from __future__ import annotations

import dataclasses
import functools
import math
import random
from collections.abc import Sequence

from tfsctl.bench.level import Level
from tfsctl.bench.level_result import GeneratorLoad, Interval, LevelResult, TimeSplit
from tfsctl.bench.report.environment import Environment
from tfsctl.bench.report.report import BenchReport
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.truth import ConfusionMatrix, Misread, Picture

ENVIRONMENT = Environment(
    started="2026-03-01T12:00:00Z",
    command="tfsctl bench mnist --duration 30 --report bench.html",
    machine="example",
    cpu="An Example Processor @ 3.00GHz",
    num_cpus=8,
    system="Linux-6.1-x86_64",
    versions={"python": "3.12.1", "tfsctl": "1.0", "grpcio": "1.71.0", "numpy": "2.2.0"},
)
FEW = GeneratorLoad(num_processes=2, cpu_fraction=0.41)


def histogram(milliseconds: Sequence[float]) -> LatencyHistogram:
    """Of these latencies."""
    latencies = LatencyHistogram()
    for value in milliseconds:
        latencies.record(value / 1000)
    return latencies


def latencies(count: int, median: float, *, seed: int = 0) -> list[float]:
    """Milliseconds as servers have them: log-normal, with a few that are much slower."""
    chance = random.Random(seed)
    return [
        median * math.exp(chance.gauss(0, 0.22)) * (1 + (chance.random() < 0.01) * chance.uniform(1, 6))
        for _ in range(count)
    ]


def intervals(
    count: int, *, answers: int, median: float, wrong: int = 0, failed_at: int | None = None
) -> list[Interval]:
    """Seconds one after another; at one of them calls fail and answers are slow."""
    chance = random.Random(count)
    made = []
    for number in range(count):
        fails = number == failed_at
        many = math.ceil(answers * chance.uniform(0.93, 1.0) * (0.4 if fails else 1))
        made.append(
            Interval(
                start_seconds=float(number),
                seconds=1.0,
                num_answers=many,
                num_wrong=int(wrong * chance.uniform(0.5, 1.5)),
                num_failed=7 if fails else 0,
                latencies=histogram(latencies(many, median * (3 if fails else 1), seed=number)),
            )
        )
    return made


def level(parts: Sequence[Interval], *, concurrency: int = 4, rate: float | None = None) -> LevelResult:
    """The result of these intervals."""
    whole = LatencyHistogram()
    for part in parts:
        whole.merge(part.latencies)
    num_failed = sum(part.num_failed for part in parts)
    seconds = math.fsum(part.seconds for part in parts)
    return LevelResult(
        level=Level(concurrency, rate),
        seconds=seconds,
        num_requests=whole.count + num_failed,
        num_wrong=sum(part.num_wrong for part in parts),
        num_failed=num_failed,
        failed_calls={"UNAVAILABLE": num_failed - 2, "DEADLINE_EXCEEDED": 2} if num_failed else {},
        first_failure="failed to connect to all addresses" if num_failed else None,
        latencies=whole,
        intervals=tuple(parts),
        repeat_throughputs=(whole.count / seconds if seconds else 0.0,),
        generator=FEW,
    )


def report(*levels: LevelResult, checks_answers: bool = False, model: str = "example") -> BenchReport:
    """Of these levels."""
    return BenchReport(
        server="127.0.0.1:8501",
        protocol="rest",
        model=model,
        signature_name="serving_default",
        version=3,
        workload="inputs made up from the signature",
        checks_answers=checks_answers,
        levels=levels,
        environment=ENVIRONMENT,
    )


@functools.cache
def plain() -> BenchReport:
    """One level without anything special."""
    return report(level(intervals(30, answers=400, median=2.4)))


@functools.cache
def digits(num_classes: int = 10) -> BenchReport:
    """One level with answers that were checked, some wrong, some calls failed, and the time split."""
    result = level(intervals(30, answers=400, median=2.4, wrong=30, failed_at=17))
    matrix = confusion(num_classes, right=result.latencies.count // num_classes, wrong=result.num_wrong)
    misread = [
        Misread(number=n, expected=n % num_classes, predicted=(n * 3 + 1) % num_classes, picture=picture(n))
        for n in range(24)
        if n % num_classes != (n * 3 + 1) % num_classes
    ]
    result = dataclasses.replace(
        result,
        confusion=matrix,
        misread=tuple(misread),
        time_split=TimeSplit(total=2.56, server=1.9, run=0.8, queue=0.6),
    )
    return report(result, checks_answers=True, model="mnist")


@functools.cache
def saturated(*, rates: bool = False) -> BenchReport:
    """A range that goes beyond what the server can do, its most throughput about 1,400 a second."""
    levels = []
    for concurrency in (1, 2, 4, 8, 16, 32, 64):
        many = min(1400, 380 * concurrency) - concurrency
        median = 1000 * concurrency / many
        rate = 100.0 * concurrency if rates else None
        many = min(many, int(rate)) if rate else many
        parts = intervals(6, answers=many, median=median, failed_at=4 if concurrency == 64 else None)
        spread = tuple(many * part for part in (0.94, 0.97, 1.0))
        result = level(parts, concurrency=64 if rates else concurrency, rate=rate)
        levels.append(dataclasses.replace(result, repeat_throughputs=spread))
    return report(*levels)


def confusion(num_classes: int, *, right: int, wrong: int) -> ConfusionMatrix:
    """Mostly right; what is wrong was taken for a neighbour."""
    chance = random.Random(num_classes)
    counts = [[0] * num_classes for _ in range(num_classes)]
    for expected in range(num_classes):
        counts[expected][expected] = int(right * chance.uniform(0.85, 1))
    for _ in range(wrong):
        expected = chance.randrange(num_classes)
        predicted = (expected + chance.choice((1, 1, 1, 2, 3, 4))) % num_classes
        counts[expected][predicted] += 1
    return ConfusionMatrix(tuple(map(str, range(num_classes))), tuple(map(tuple, counts)))


def picture(number: int) -> Picture:
    """A ring, its radius by the number."""
    radius = 5 + number % 7
    pixels = bytes(255 if abs(math.hypot(x - 14, y - 14) - radius) < 1.5 else 0 for y in range(28) for x in range(28))
    return Picture(28, 28, pixels)


def unanswered() -> BenchReport:
    """All calls failed, and the generator was the limit."""
    result = dataclasses.replace(
        level([]),
        seconds=2.0,
        num_requests=12,
        num_failed=12,
        failed_calls={"UNAVAILABLE": 12},
        first_failure="failed to connect to all addresses",
        repeat_throughputs=(0.0,),
        generator=GeneratorLoad(
            num_processes=1, cpu_fraction=1.0, was_limit=True, reason="its processes were busy all the time"
        ),
    )
    return report(result)


@functools.cache
def grid() -> BenchReport:
    """Two rates at each of two concurrencies."""
    return report(
        *(
            level(intervals(2, answers=round(rate), median=2.0), concurrency=count, rate=rate)
            for count in (2, 8)
            for rate in (50.0, 100.0)
        )
    )
