"""One level of a report as JSON and back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tfsctl.bench.level import Level
from tfsctl.bench.level_result import GeneratorLoad, Interval, LevelResult, TimeSplit
from tfsctl.bench.statistics.confidence import Estimate, percentile_estimates, throughput_estimate
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.statistics.percentiles import latency_ms, percentile_ms, to_milliseconds
from tfsctl.bench.truth import ConfusionMatrix, Misread, Picture

Json = dict[str, Any]


def level_to_json(result: LevelResult) -> Json:
    """The figures of a level; histograms in HdrHistogram's own form, so that nothing is lost."""
    return {
        "concurrency": result.level.concurrency,
        "rate": result.level.rate,
        "seconds": result.seconds,
        "num_tests": result.num_requests,
        "num_errors": result.num_errors,
        "num_wrong": result.num_wrong,
        "num_failed_calls": result.num_failed,
        "failed_calls": result.failed_calls,
        "first_failure": result.first_failure,
        "error_rate": result.error_rate,
        "throughput": result.throughput,
        "throughput_interval": _estimate(throughput_estimate(result)),
        "repeat_throughputs": list(result.repeat_throughputs),
        "latency_ms": latency_ms(result.latencies),
        "latency_ms_intervals": _percentile_intervals(result),
        "latency_histogram": result.latencies.encode(),
        "intervals": [_interval(interval) for interval in result.intervals],
        "generator": asdict(result.generator),
        "time_split_ms": None if result.time_split is None else asdict(result.time_split),
        "time_split_reason": result.time_split_reason,
        "confusion": None if result.confusion is None else asdict(result.confusion),
        "misread": [_misread(misread) for misread in result.misread],
    }


def level_from_json(value: Mapping[str, Any]) -> LevelResult:
    """What `level_to_json` gave; raises KeyError, TypeError or ValueError for anything else."""
    split, confusion = value["time_split_ms"], value["confusion"]
    return LevelResult(
        level=Level(int(value["concurrency"]), value["rate"]),
        seconds=float(value["seconds"]),
        num_requests=int(value["num_tests"]),
        num_wrong=int(value["num_wrong"]),
        num_failed=int(value["num_failed_calls"]),
        failed_calls={str(code): int(count) for code, count in value["failed_calls"].items()},
        first_failure=value["first_failure"],
        latencies=LatencyHistogram.decode(value["latency_histogram"]),
        intervals=tuple(_to_interval(interval) for interval in value["intervals"]),
        repeat_throughputs=tuple(float(figure) for figure in value["repeat_throughputs"]),
        generator=GeneratorLoad(**value["generator"]),
        time_split=None if split is None else TimeSplit(**split),
        time_split_reason=str(value["time_split_reason"]),
        confusion=None if confusion is None else _to_confusion(confusion),
        misread=tuple(_to_misread(misread) for misread in value["misread"]),
    )


def _estimate(estimate: Estimate | None) -> Json | None:
    if estimate is None:
        return None
    names = ("low", "high", "num_samples", "method")
    return {name: getattr(estimate, name) for name in names}


def _percentile_intervals(result: LevelResult) -> dict[str, Json | None]:
    return {f"p{percent:g}": _estimate(estimate) for percent, estimate in percentile_estimates(result).items()}


def _interval(interval: Interval) -> Json:
    latencies = interval.latencies
    return {
        "start_seconds": interval.start_seconds,
        "seconds": interval.seconds,
        "num_answers": interval.num_answers,
        "num_wrong": interval.num_wrong,
        "num_failed": interval.num_failed,
        "latency_ms": {
            **{f"p{percent}": percentile_ms(latencies, percent) for percent in (50, 90, 99)},
            "max": to_milliseconds(latencies.max_seconds),
        },
        "latency_histogram": latencies.encode(),
    }


def _to_interval(value: Mapping[str, Any]) -> Interval:
    return Interval(
        start_seconds=float(value["start_seconds"]),
        seconds=float(value["seconds"]),
        num_answers=int(value["num_answers"]),
        num_wrong=int(value["num_wrong"]),
        num_failed=int(value["num_failed"]),
        latencies=LatencyHistogram.decode(value["latency_histogram"]),
    )


def _to_confusion(value: Mapping[str, Any]) -> ConfusionMatrix:
    counts = tuple(tuple(int(count) for count in row) for row in value["counts"])
    return ConfusionMatrix(tuple(str(name) for name in value["class_names"]), counts)


def _misread(misread: Misread) -> Json:
    picture = misread.picture
    return {
        "number": misread.number,
        "expected": misread.expected,
        "predicted": misread.predicted,
        "picture": None
        if picture is None
        else {"width": picture.width, "height": picture.height, "pixels": base64.b64encode(picture.pixels).decode()},
    }


def _to_misread(value: Mapping[str, Any]) -> Misread:
    picture = value["picture"]
    drawn = (
        None if picture is None else Picture(picture["width"], picture["height"], base64.b64decode(picture["pixels"]))
    )
    return Misread(int(value["number"]), int(value["expected"]), int(value["predicted"]), drawn)
