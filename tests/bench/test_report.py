"""What a report prints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tfsctl.bench import BenchReport

LATENCY: dict[str, float | None] = {"p50": 0.4213, "p90": 0.6, "p99": 1.234, "max": 17.0, "mean": 0.5}


def report(**changes: Any) -> BenchReport:
    values: dict[str, Any] = {
        "model": "mnist",
        "signature_name": "predict_images",
        "server": "127.0.0.1:8500",
        "protocol": "grpc",
        "concurrency": 4,
        "rate": None,
        "num_tests": 1000,
        "num_errors": 108,
        "num_wrong": 108,
        "num_failed_calls": 0,
        "failed_calls": {},
        "first_failure": None,
        "error_rate": 0.108,
        "checks_answers": True,
        "seconds": 2.0,
        "throughput": 500.0,
        "latency_ms": LATENCY,
    }
    return BenchReport(**{**values, **changes})


@pytest.mark.parametrize(
    ("num_errors", "num_tests", "percent"),
    [(108, 1000, "10.8"), (0, 1000, "0.0"), (1000, 1000, "100.0"), (57, 10000, "0.57"), (1, 3, "33.333333333333336")],
)
def test_the_error_rate_prints_as_mnist_client_does_without_its_rounding_noise(
    num_errors: int, num_tests: int, percent: str
) -> None:
    line = report(num_errors=num_errors, num_tests=num_tests).error_rate_line
    assert line == f"Inference error rate: {percent}%"


def test_the_summary_starts_with_the_error_rate_and_tells_latency_and_throughput() -> None:
    assert report(rate=600.0).summary().splitlines() == [
        "Inference error rate: 10.8%",
        "Latency: p50 0.42 ms, p90 0.60 ms, p99 1.23 ms, max 17.00 ms",
        "Throughput: 500.0 answers/s (1000 tests in 2.00 s, grpc, concurrency 4, 600/s asked for)",
    ]


def test_failed_calls_have_a_line_of_their_own() -> None:
    failed = report(
        num_failed_calls=3, failed_calls={"DEADLINE_EXCEEDED": 2, "UNAVAILABLE": 1}, first_failure="No answer."
    )
    last = failed.summary().splitlines()[-1]
    assert last == "Failed calls: 3 of 1000 (2 DEADLINE_EXCEEDED, 1 UNAVAILABLE): No answer."


def test_a_report_without_an_answer_has_no_latency() -> None:
    empty = report(num_tests=0, num_errors=0, latency_ms=dict.fromkeys(LATENCY))
    assert empty.summary().splitlines()[:2] == ["Inference error rate: 0.0%", "Latency: no call was answered"]


def test_json_has_stable_keys() -> None:
    document = json.loads(json.dumps(report().to_json()))
    assert list(document) == [
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
    assert document["latency_ms"] == LATENCY
