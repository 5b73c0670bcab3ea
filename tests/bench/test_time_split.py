"""Where the time went, from pages made by hand and from a real server's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serving.model_directory import serve
from tfsctl.bench.server_times.metrics_page import MetricsPage
from tfsctl.bench.server_times.time_split import ServerMetrics, Sums
from tfsctl.client import Client, connect, parse_server
from tfsctl.serving import Server

PAGE = """# TYPE :tensorflow:serving:request_latency histogram
:tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="10"} 7
:tensorflow:serving:request_latency_sum{model_name="m",API="predict",entrypoint="REST"} 1.5e+06
:tensorflow:serving:request_latency_sum{model_name="m",API="Predict",entrypoint="GRPC"} 3
:tensorflow:serving:request_latency_sum{model_name="a\\"}",API="predict",entrypoint="REST"} 9
:tensorflow:serving:batching_session:queuing_latency_sum{thread_pool_name=""} 12
:tensorflow:serving:batching_session:wrapped_run_count{} 4
:broken{model_name="m
nonsense
"""
BEFORE = Sums(
    request=1000.0,
    num_requests=10,
    run=500.0,
    num_runs=10,
    queue=0.0,
    rounding=0.0,
    run_rounding=0.0,
    queue_rounding=0.0,
)
AFTER = replace(BEFORE, request=101_000.0, num_requests=110, run=60_500.0, num_runs=110, queue=20_000.0)


@pytest.fixture
def metrics() -> ServerMetrics:
    return ServerMetrics(parse_server("http://127.0.0.1:1"), model="m")


@pytest.fixture
def monitored(zoo: Path, tmp_path: Path) -> Iterator[Server]:
    file = tmp_path / "monitoring.config"
    file.write_text('prometheus_config { enable: true path: "/metrics" }')
    with serve(zoo / "half_plus_two", monitoring_config_file=file) as server:
        yield server


def ask(client: Client, times: int) -> None:
    for _ in range(times):
        client.predict("half_plus_two", [1.0])


def test_sums_are_read_by_name_and_labels() -> None:
    page = MetricsPage(PAGE)
    assert page.sum(":tensorflow:serving:request_latency_sum", model_name="m", entrypoint="REST") == 1.5e6
    assert page.sum(":tensorflow:serving:request_latency_sum", model_name='a\\"}') == 9
    assert page.sum(":tensorflow:serving:batching_session:wrapped_run_count") == 4
    assert page.sum(":tensorflow:serving:request_latency_sum", model_name="other") == 0
    assert not page.has(":broken")


def test_the_parts_by_hand(metrics: ServerMetrics) -> None:
    split = metrics.split(BEFORE, AFTER, mean_ms=3.0, num_answers=100)
    assert split is not None
    assert (split.total, split.server) == (3.0, 1.0)
    assert split.run == pytest.approx(0.4)
    assert split.queue == pytest.approx(0.2)


def test_without_batching_or_runs_these_parts_are_not_known(metrics: ServerMetrics) -> None:
    plain = metrics.split(BEFORE, replace(AFTER, queue=0.0), mean_ms=3.0, num_answers=100)
    bare = metrics.split(BEFORE, replace(AFTER, num_runs=10), mean_ms=3.0, num_answers=100)
    assert plain is not None
    assert bare is not None
    assert plain.run == pytest.approx(0.6)
    assert plain.queue is None
    assert (bare.run, bare.queue) == (None, None)


@pytest.mark.parametrize(
    ("after", "num_answers", "reason"),
    [
        (BEFORE, 100, "another server's page"),
        (AFTER, 50, "others ask it too"),
        (replace(AFTER, rounding=6000.0), 100, "six digits"),
    ],
)
def test_it_says_why_there_is_none(metrics: ServerMetrics, after: Sums, num_answers: int, reason: str) -> None:
    assert metrics.split(BEFORE, after, mean_ms=3.0, num_answers=num_answers) is None
    assert reason in metrics.reason


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_real_server_tells(protocol: str, monitored: Server) -> None:
    address = monitored.rest_address if protocol == "rest" else monitored.grpc_address
    page = "/metrics" if protocol == "rest" else f"http://{monitored.rest_address}/metrics"
    with connect(address) as client:
        ask(client, 2)
        metrics = ServerMetrics(client.address, model="half_plus_two", path=page)
        before = metrics.snapshot()
        ask(client, 20)
        split = metrics.split(before, metrics.snapshot(), mean_ms=1000.0, num_answers=20)
    assert split is not None, metrics.reason
    assert split.run is not None
    assert 0 < split.run < split.server < 1000


def test_metrics_that_are_off_or_nowhere_are_a_reason_and_no_error(server: Server) -> None:
    off = ServerMetrics(parse_server(f"http://{server.rest_address}"), model="half_plus_two")
    assert off.snapshot() is None
    assert "is no page of metrics" in off.reason
    assert "--monitoring-config-file" in off.reason
    unknown = ServerMetrics(parse_server(f"grpc://{server.grpc_address}"), model="half_plus_two")
    assert unknown.snapshot() is None
    assert "--metrics" in unknown.reason
    assert off.split(None, None, mean_ms=1.0, num_answers=1) is None


def test_nobody_there_or_no_http_is_a_reason_too(metrics: ServerMetrics, server: Server) -> None:
    assert metrics.snapshot() is None
    assert "does not answer" in metrics.reason
    grpc = ServerMetrics(parse_server("grpc://h:1"), model="m", path=f"http://{server.grpc_address}")
    assert grpc.snapshot() is None
    assert grpc.reason
