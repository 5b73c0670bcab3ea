"""Results made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tfsctl.bench import BenchReport, LatencyHistogram
from tfsctl.bench.level import Level
from tfsctl.bench.level_result import GeneratorLoad, Interval, LevelResult
from tfsctl.bench.report.environment import Environment

ENVIRONMENT = Environment(
    started="2026-03-01T12:00:00Z",
    command="tfsctl bench mnist",
    machine="box",
    cpu="A processor",
    num_cpus=4,
    system="Linux",
    versions={"python": "3.11.7", "tfsctl": "1.0"},
)


def histogram(latencies_ms: Iterable[float]) -> LatencyHistogram:
    made = LatencyHistogram()
    for latency in latencies_ms:
        made.record(latency / 1000)
    return made


def interval(latencies_ms: Sequence[float], *, number: int = 0, seconds: float = 1.0, **changes: Any) -> Interval:
    values: dict[str, Any] = {
        "start_seconds": float(number),
        "seconds": seconds,
        "num_answers": len(latencies_ms),
        "num_wrong": 0,
        "num_failed": 0,
        "latencies": histogram(latencies_ms),
    }
    return Interval(**{**values, **changes})


def level_result(latencies_ms: Sequence[float] = (1.0, 2.0, 3.0, 4.0), **changes: Any) -> LevelResult:
    """Of one second and concurrency 4, unless something else is said."""
    num_failed = changes.get("num_failed", 0)
    values: dict[str, Any] = {
        "level": Level(4),
        "seconds": 1.0,
        "num_requests": len(latencies_ms) + num_failed,
        "num_wrong": 0,
        "num_failed": 0,
        "failed_calls": {},
        "first_failure": None,
        "latencies": histogram(latencies_ms),
        "intervals": (),
        "repeat_throughputs": (float(len(latencies_ms)),),
        "generator": GeneratorLoad(num_processes=1, cpu_fraction=0.25),
    }
    return LevelResult(**{**values, **changes})


def of_intervals(intervals: Sequence[Interval], **changes: Any) -> LevelResult:
    """What the intervals add up to."""
    total = LatencyHistogram()
    for one in intervals:
        total.merge(one.latencies)
    seconds = sum(one.seconds for one in intervals)
    values: dict[str, Any] = {
        "latencies": total,
        "seconds": seconds,
        "num_requests": total.count + sum(one.num_failed for one in intervals),
        "intervals": tuple(intervals),
        "repeat_throughputs": (total.count / seconds,),
    }
    return level_result((), **{**values, **changes})


def report(*levels: LevelResult, **changes: Any) -> BenchReport:
    values: dict[str, Any] = {
        "server": "127.0.0.1:8500",
        "protocol": "grpc",
        "model": "mnist",
        "signature_name": "predict_images",
        "workload": "10,000 MNIST test digits",
        "checks_answers": True,
        "levels": levels or (level_result(),),
        "environment": ENVIRONMENT,
    }
    return BenchReport(**{**values, **changes})
