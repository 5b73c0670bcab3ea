"""What a report prints, and its JSON there and back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench.level_results import histogram, interval, level_result, of_intervals, report
from tfsctl.bench import BenchReport
from tfsctl.bench.level import Level
from tfsctl.bench.level_result import GeneratorLoad, LevelResult, TimeSplit
from tfsctl.bench.truth import ConfusionMatrix, Misread, Picture
from tfsctl.errors import InvalidArgumentError

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/bench-report.schema.json").read_text())


def thousand(num_wrong: int = 108, **changes: Any) -> LevelResult:
    latencies = [0.5] * 900 + [1.25] * 99 + [17.0]
    return level_result(latencies, **{"seconds": 2.0, "num_wrong": num_wrong, **changes})


def full_level() -> LevelResult:
    """Something of everything."""
    intervals = [interval([1.0, 2.0, 3.0 + number], number=number, num_wrong=1) for number in range(6)]
    return of_intervals(
        intervals,
        level=Level(2, 20.0),
        num_wrong=6,
        num_failed=1,
        failed_calls={"UNAVAILABLE": 1},
        first_failure="gone",
        generator=GeneratorLoad(
            num_processes=2,
            cpu_fraction=0.99,
            late_ms={"p50": 0.1, "p99": 2.0, "max": 3.0},
            was_limit=True,
            reason="it was late",
        ),
        time_split=TimeSplit(total=2.0, server=1.0, run=0.5),
        confusion=ConfusionMatrix(("cat", "dog"), ((5, 4), (2, 7))),
        misread=(Misread(3, 0, 1, Picture(2, 1, b"\x00\xff")), Misread(5, 1, 0)),
    )


@pytest.mark.parametrize(
    ("num_errors", "num_tests", "percent"),
    [(108, 1000, "10.8"), (0, 1000, "0.0"), (1000, 1000, "100.0"), (57, 10000, "0.57"), (1, 3, "33.333333333333336")],
)
def test_the_error_rate_prints_as_mnist_client_does_without_its_rounding_noise(
    num_errors: int, num_tests: int, percent: str
) -> None:
    line = report(level_result(num_wrong=num_errors, num_requests=num_tests)).error_rate_line
    assert line == f"Inference error rate: {percent}%"


def test_the_summary_starts_with_the_error_rate_and_tells_latency_and_throughput() -> None:
    assert report(thousand(level=Level(4, 600.0))).summary().splitlines() == [
        "Inference error rate: 10.8%",
        "Latency: p50 0.50 ms, p90 0.50 ms, p99 1.25 ms, max 17.00 ms",
        "Throughput: 500.0 answers/s (1000 tests in 2.00 s, grpc, concurrency 4, 600/s asked for)",
    ]


def test_failed_calls_have_a_line_of_their_own() -> None:
    codes = {"DEADLINE_EXCEEDED": 2, "UNAVAILABLE": 1}
    failed = report(thousand(num_failed=3, failed_calls=codes, first_failure="No answer."))
    last = failed.summary().splitlines()[-1]
    assert last == "Failed calls: 3 of 1003 (2 DEADLINE_EXCEEDED, 1 UNAVAILABLE): No answer."


def test_a_report_without_an_answer_has_no_latency() -> None:
    empty = report(level_result(()))
    assert empty.summary().splitlines()[:2] == ["Inference error rate: 0.0%", "Latency: no call was answered"]


def test_of_several_levels_the_figures_are_those_of_most_throughput() -> None:
    levels = [level_result([1.0] * count, level=Level(count), num_wrong=count) for count in (1, 8, 4)]
    found = report(*levels)
    assert (found.concurrency, found.num_tests, found.num_wrong, found.throughput) == (8, 8, 8, 8.0)


def test_json_keeps_its_keys() -> None:
    document = json.loads(json.dumps(report(thousand()).to_json()))
    assert list(document)[:17] == [
        "model",
        "signature_name",
        "server",
        "protocol",
        "concurrency",
        "rate",
        "num_tests",
        "num_errors",
        "num_wrong",
        "num_failed_calls",
        "failed_calls",
        "first_failure",
        "error_rate",
        "checks_answers",
        "seconds",
        "throughput",
        "latency_ms",
    ]
    assert document["schema"] == 1
    assert document["latency_ms"]["p90"] == pytest.approx(0.5, rel=0.005)


@pytest.mark.parametrize("levels", [(thousand(),), (full_level(), thousand(), level_result(()))], ids=["one", "many"])
def test_json_is_as_the_schema_says(levels: tuple[LevelResult, ...]) -> None:
    document = json.loads(json.dumps(report(*levels).to_json()))
    jsonschema.validate(document, SCHEMA)
    described = SCHEMA["$defs"]["report"]["properties"]
    assert set(document) <= set(described)
    assert all(set(level) == set(SCHEMA["$defs"]["level"]["properties"]) for level in document["levels"])


def test_a_report_read_back_is_the_same() -> None:
    written = report(full_level(), thousand(), version=7)
    read = BenchReport.from_json(json.loads(json.dumps(written.to_json())))
    assert read.to_json()["levels"][0]["intervals"][2]["num_answers"] == 3
    for name, value in written.latency_ms.items():
        assert read.latency_ms[name] == (value if value is None else pytest.approx(value, rel=1e-3))
    assert read.throughput == written.throughput
    assert (read.version, read.best.level, read.environment) == (7, Level(4), written.environment)
    assert read.levels[0].misread == written.levels[0].misread
    assert read.levels[0].confusion == written.levels[0].confusion
    assert [count for _, count in read.best.latencies.buckets()] == [900, 99, 1]


@pytest.mark.parametrize(
    "change", [{"schema": 2}, {"levels": []}, {"levels": [{}]}, {"levels": 3}, {"environment": None}, {"version": "x"}]
)
def test_what_is_no_report_is_refused(change: dict[str, Any]) -> None:
    document = {**report().to_json(), **change}
    with pytest.raises(InvalidArgumentError, match="no "):
        BenchReport.from_json(document)
    with pytest.raises(InvalidArgumentError):
        BenchReport.from_json({})


def test_reports_are_values() -> None:
    assert dataclasses.replace(report(), model="other").model == "other"
    assert histogram([1.0]).count == 1


def test_the_page_explains_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/bench-report.md").read_text()
    for definition in SCHEMA["$defs"].values():
        assert [key for key in definition["properties"] if f"| `{key}` |" not in page] == []
