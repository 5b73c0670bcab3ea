"""Measuring the real server, over both protocols."""

from __future__ import annotations

import numpy as np
import pytest

from stub_servers import free_port
from tfsctl.bench import BenchPlan, BenchReport, Progress, run
from tfsctl.bench.level import Level
from tfsctl.client import connect
from tfsctl.errors import NotFoundError, UnavailableError, UsageError
from tfsctl.mnist import load_test
from tfsctl.serving import Server


@pytest.fixture(params=["rest", "grpc"])
def address(request: pytest.FixtureRequest, server: Server) -> str:
    """The address of the server for each protocol; `run` finds out which it is."""
    return server.rest_address if request.param == "rest" else server.grpc_address


def num_wrong(num_tests: int) -> int:
    """How many of the first digits the zoo's untrained model gets wrong."""
    digits = load_test(max_digits=num_tests)
    weights = np.cos(np.outer(np.arange(784), np.arange(1, 11)))
    return int((np.argmax(digits.images @ weights, axis=1) != digits.labels).sum())


@pytest.mark.parametrize("concurrency", [1, 4])
def test_digits_are_judged_by_their_labels(address: str, concurrency: int) -> None:
    report = run(BenchPlan(server=address, num_tests=300, concurrency=concurrency))
    assert (report.num_tests, report.num_failed_calls, report.num_wrong) == (300, 0, num_wrong(300))
    assert report.error_rate == report.num_errors / 300 == num_wrong(300) / 300
    assert (report.model, report.signature_name, report.checks_answers) == ("mnist", "predict_images", True)


def test_the_figures_agree_with_each_other(address: str) -> None:
    report = run(BenchPlan(server=address, num_tests=100))
    latency = {name: value for name, value in report.latency_ms.items() if value is not None}
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["max"]
    assert report.throughput == pytest.approx(100 / report.seconds)
    assert report.seconds >= 100 * latency["mean"] / 1000


@pytest.mark.parametrize(("model", "num_tests"), [("half_plus_two", 20), ("slow", 1)])
def test_any_other_model_is_sent_what_its_signature_takes(address: str, model: str, num_tests: int) -> None:
    report = run(BenchPlan(server=address, model=model, num_tests=num_tests, timeout_seconds=30.0))
    assert (report.num_tests, report.num_errors, report.checks_answers) == (num_tests, 0, False)


def test_calls_that_fail_are_errors_and_reported_apart(address: str) -> None:
    report = run(BenchPlan(server=address, model="slow", num_tests=3, timeout_seconds=0.05))
    assert (report.num_errors, report.num_wrong, report.num_failed_calls) == (3, 0, 3)
    assert report.failed_calls == {"DEADLINE_EXCEEDED": 3}
    assert report.error_rate_line == "Inference error rate: 100.0%"
    assert set(report.latency_ms.values()) == {None}


def test_a_rate_and_a_duration_say_how_many_are_sent(address: str) -> None:
    told: list[Progress] = []
    plan = BenchPlan(server=address, rate=100.0, duration_seconds=0.5, concurrency=4)
    report = run(plan, on_progress=told.append)
    assert (report.num_tests, report.rate, report.num_failed_calls) == (50, 100.0, 0)
    assert (told[-1].num_done, told[-1].num_tests) == (50, None)


def test_a_client_that_is_given_is_used_and_left_open(server: Server) -> None:
    with connect(f"http://{server.rest_address}") as client:
        report = run(BenchPlan(server="nowhere.invalid", num_tests=5), client)
        assert (report.server, report.protocol) == (client.address.target, "rest")
        assert client.status("mnist")[0].is_available


def test_a_model_that_is_not_there_is_not_found(address: str) -> None:
    with pytest.raises(NotFoundError):
        run(BenchPlan(server=address, model="resnet"))


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        run(BenchPlan(server=f"127.0.0.1:{free_port()}"))


def test_both_protocols_come_to_the_same_result(server: Server) -> None:
    reports: list[BenchReport] = [
        run(BenchPlan(server=address, num_tests=200)) for address in (server.rest_address, server.grpc_address)
    ]
    assert [report.protocol for report in reports] == ["rest", "grpc"]
    assert reports[0].num_wrong == reports[1].num_wrong


def test_levels_are_measured_one_after_another_and_repeats_are_added_up(address: str) -> None:
    plan = BenchPlan(server=address, levels=(Level(1), Level(3)), num_tests=40, repeats=2)
    report = run(plan)
    assert [result.level for result in report.levels] == [Level(1), Level(3)]
    assert [result.num_requests for result in report.levels] == [80, 80]
    assert [len(result.repeat_throughputs) for result in report.levels] == [2, 2]
    assert [result.num_wrong for result in report.levels] == [2 * num_wrong(40)] * 2


def test_compressed_requests_come_to_the_same_result(address: str) -> None:
    report = run(BenchPlan(server=address, num_tests=100, concurrency=2, gzip=True))
    assert (report.num_failed_calls, report.num_wrong) == (0, num_wrong(100))


def test_poisson_arrivals_keep_the_rate_on_the_mean(address: str) -> None:
    report = run(BenchPlan(server=address, rate=400.0, num_tests=200, concurrency=8, arrivals="poisson"))
    late = report.best.generator.late_ms
    assert (report.num_tests, report.num_failed_calls) == (200, 0)
    assert late is not None
    assert late["p50"] <= late["p99"] <= late["max"]


def test_connections_are_shared_over_grpc_and_are_no_choice_over_rest(server: Server) -> None:
    plan = BenchPlan(server=server.grpc_address, num_tests=50, concurrency=6, connections=2)
    assert run(plan).num_failed_calls == 0
    with pytest.raises(UsageError, match="connection of its own"):
        run(BenchPlan(server=server.rest_address, connections=2))
