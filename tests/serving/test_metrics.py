"""What is noted of requests, runs, versions and the process, and under which labels."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from tfsctl.core import ManagerState, ServableId, ServableState
from tfsctl.errors import Code, NotFoundError
from tfsctl.serving.metrics.model_labels import MAX_LENGTH, MAX_OTHERS, OTHER, ModelLabels
from tfsctl.serving.metrics.request_metrics import waiting_family
from tfsctl.serving.metrics.server_metrics import Metrics

SEVEN = ServableId("m", 7)


def values(metrics: Metrics, name: str) -> dict[tuple[str, ...], Any]:
    return dict(metrics.families()[name].values())


def counts(metrics: Metrics) -> dict[tuple[str, ...], Any]:
    return values(metrics, "/tensorflow/serving/request_count")


def raise_not_found() -> None:
    raise NotFoundError("no")


def test_success_is_counted_and_timed() -> None:
    metrics = Metrics(lambda: ["m"])
    assert metrics.grpc.record("m", "Predict", lambda: 5) == 5
    cells = metrics.rest.cells("m", "predict")
    cells.succeed(cells.start())
    assert counts(metrics) == {("m", "OK"): 2}
    latencies = values(metrics, "/tensorflow/serving/request_latency")
    assert {labels: held.count for labels, held in latencies.items()} == {
        ("m", "Predict", "GRPC"): 1,
        ("m", "predict", "REST"): 1,
    }


def test_failure_is_counted_and_not_timed() -> None:
    metrics = Metrics()
    with pytest.raises(NotFoundError):
        metrics.grpc.record("m", "Predict", raise_not_found)
    assert counts(metrics) == {("m", "NOT_FOUND"): 1}
    assert values(metrics, "/tensorflow/serving/request_latency") == {}


def test_unexpected_error_is_counted_as_internal() -> None:
    metrics = Metrics()
    with pytest.raises(ZeroDivisionError):
        metrics.grpc.record("m", "Predict", lambda: 1 // 0)
    assert counts(metrics) == {("m", "INTERNAL"): 1}


def test_requests_in_flight_are_those_started_and_not_finished() -> None:
    metrics = Metrics()
    cells = metrics.rest.cells("m", "predict")
    cells.start()
    started = cells.start()
    name = "/tfsctl/serving/requests_in_flight"
    assert values(metrics, name) == {("REST",): 2, ("GRPC",): 0}
    cells.succeed(started)
    cells.fail(Code.INTERNAL)
    assert values(metrics, name) == {("REST",): 0, ("GRPC",): 0}


def test_latency_sum_is_exact_under_our_name() -> None:
    metrics = Metrics()
    metrics.request_latency.cell("m", "Predict", "GRPC").record(123456789.0)
    assert values(metrics, "/tfsctl/serving/request_latency_micros_total") == {("m", "Predict", "GRPC"): 123456789}


def test_example_counts_and_their_total_are_one() -> None:
    metrics = Metrics()
    for number in (1, 3):
        metrics.request_example_counts.cell("m").record(number)
    assert values(metrics, "/tensorflow/serving/request_example_counts")["m",].count == 2
    assert values(metrics, "/tensorflow/serving/request_example_count_total") == {("m",): 4}


def test_waiting_requests_are_asked_for_when_they_are_shown() -> None:
    num_waiting = iter([0, 7])
    family = waiting_family({"GRPC": lambda: next(num_waiting)})
    assert [dict(family.values()), dict(family.values())] == [{("GRPC",): 0}, {("GRPC",): 7}]


def test_runs_are_counted_by_version_and_signature_until_it_is_gone() -> None:
    metrics = Metrics()
    metrics.runs.cells(SEVEN, "s").succeed(time.perf_counter())
    metrics.runs.cells(SEVEN, "s").fail(Code.INVALID_ARGUMENT)
    name, latency = "/tfsctl/serving/signature_request_count", "/tfsctl/serving/signature_latency"
    labels = ("m", "7", "s", "Predict")
    assert values(metrics, name) == {(*labels, "OK"): 1, (*labels, "INVALID_ARGUMENT"): 1}
    assert {key: held.count for key, held in values(metrics, latency).items()} == {labels: 1}
    metrics.model_versions.on_state(ServableState(SEVEN, ManagerState.END))
    assert values(metrics, name) == values(metrics, latency) == {}
    assert values(metrics, "/tensorflow/serving/runtime_latency")["m", "Predict", "TF1"].count == 1


def test_version_is_shown_while_it_is_available() -> None:
    metrics = Metrics()
    for state in (ManagerState.START, ManagerState.LOADING, ManagerState.LOADING, ManagerState.AVAILABLE):
        assert values(metrics, "/tfsctl/serving/model_version_loaded") == {}
        metrics.model_versions.on_state(ServableState(SEVEN, state))
    assert values(metrics, "/tfsctl/serving/model_version_loaded") == {("m", "7"): 1}
    assert values(metrics, "/tfsctl/serving/model_version_load_micros")["m", "7"] >= 0
    metrics.model_versions.on_state(ServableState(SEVEN, ManagerState.UNLOADING))
    assert values(metrics, "/tfsctl/serving/model_version_loaded") == {}


def test_other_names_have_a_limit() -> None:
    labels = ModelLabels(lambda: ["m"])
    assert [labels.label(f"x{index}") for index in range(MAX_OTHERS)] == [f"x{index}" for index in range(MAX_OTHERS)]
    assert [labels.label(name) for name in ("new", "x0", "m", "")] == [OTHER, "x0", "m", ""]


def test_long_names_are_others() -> None:
    labels = ModelLabels(lambda: ["long" * MAX_LENGTH])
    assert labels.label("x" * MAX_LENGTH) != OTHER
    assert labels.label("x" * (MAX_LENGTH + 1)) == OTHER
    assert labels.label("long" * MAX_LENGTH) != OTHER


def test_name_configured_later_is_counted_under_its_own_name() -> None:
    names: list[str] = []
    metrics = Metrics(lambda: names)
    cells = metrics.rest.cells("x" * 300, "")
    cells.fail(Code.NOT_FOUND)
    names.append("x" * 300)
    cells.fail(Code.NOT_FOUND)
    assert counts(metrics) == {(OTHER, "NOT_FOUND"): 1, ("x" * 300, "NOT_FOUND"): 1}


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_process_metrics_are_plausible() -> None:
    read = {name: values(Metrics(), f"/tfsctl/serving/process_{name}")[()] for name in PROCESS}
    assert 10e6 < read["resident_memory_bytes"] < 100e9
    assert 3 <= read["open_fds"] < 100_000
    assert 0 < read["cpu_seconds_total"] <= time.process_time()
    assert time.time() - 86400 < read["start_time_seconds"] < time.time()


PROCESS = ("resident_memory_bytes", "open_fds", "cpu_seconds_total", "start_time_seconds")
