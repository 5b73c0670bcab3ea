"""Processes that send, and sums of what they saw."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tfsctl.bench import BenchInterruptedError, BenchPlan, Progress, run
from tfsctl.bench.generator.process import GeneratorProcess
from tfsctl.bench.level import Level
from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.measurement import prepare
from tfsctl.errors import InternalError, UnavailableError
from tfsctl.serving import Server


@pytest.fixture(params=["rest", "grpc"])
def address(request: pytest.FixtureRequest, server: Server) -> str:
    """The address of the server for each protocol."""
    return server.rest_address if request.param == "rest" else server.grpc_address


def only_level(plan: BenchPlan) -> LevelResult:
    (result,) = run(plan).levels
    return result


def test_several_processes_count_what_one_does(address: str) -> None:
    one, three = (
        only_level(BenchPlan(server=address, num_tests=301, concurrency=5, processes=count)) for count in (1, 3)
    )
    assert three.generator.num_processes == 3
    assert (three.num_requests, three.num_wrong) == (one.num_requests, one.num_wrong) == (301, one.num_wrong)
    assert three.confusion == one.confusion
    assert [wrong.number for wrong in three.misread] == [wrong.number for wrong in one.misread]
    assert sum(interval.num_answers for interval in three.intervals) == three.latencies.count == 301
    assert sum(interval.num_wrong for interval in three.intervals) == three.num_wrong


def test_processes_share_a_rate(address: str) -> None:
    plan = BenchPlan(server=address, rate=100.0, duration_seconds=0.5, concurrency=4, processes=2, arrivals="poisson")
    first, again = only_level(plan), only_level(plan)
    assert first.num_requests == again.num_requests
    assert 20 <= first.num_requests <= 90


def test_no_more_processes_send_than_requests_may_be_in_flight(address: str) -> None:
    assert only_level(BenchPlan(server=address, num_tests=10, processes=4)).generator.num_processes == 1


def test_a_measurement_is_good_for_several_levels(address: str) -> None:
    with prepare(BenchPlan(server=address, processes=2)) as measurement:
        results = [measurement.measure(Level(count), num_tests=20) for count in (2, 4, 2)]
    assert [result.num_requests for result in results] == [20, 20, 20]
    assert [result.level for result in results] == [Level(2), Level(4), Level(2)]


def test_progress_comes_from_the_processes(address: str) -> None:
    told: list[Progress] = []
    plan = BenchPlan(
        server=address, levels=(Level(2, 40.0), Level(1, 40.0)), duration_seconds=2.2, repeats=1, warmup_seconds=0.2
    )
    run(plan, on_progress=told.append)
    assert {state.phase for state in told} == {"warm-up", "measuring"}
    assert {(state.level_number, state.num_levels) for state in told} == {(1, 2), (2, 2)}
    last = told[-1]
    assert (last.num_done, last.fraction, last.num_tests, last.level) == (88, 1.0, None, Level(1, 40.0))
    assert last.last_interval is not None
    assert 0 < last.last_interval.num_answers <= 88


def test_an_interrupt_is_passed_on_with_the_figures_until_then(address: str) -> None:
    def interrupt(state: Progress) -> None:
        if state.level_number == 2 and state.num_done:
            raise KeyboardInterrupt

    plan = BenchPlan(server=address, levels=(Level(1, 50.0), Level(2, 50.0)), duration_seconds=1.0)
    with pytest.raises(BenchInterruptedError) as caught:
        run(plan, on_progress=interrupt)
    report = caught.value.report
    assert report is not None
    assert report.was_interrupted
    assert report.levels[0].num_requests == 50
    assert 0 < report.levels[1].num_requests < 50


def test_a_server_that_is_gone_is_told_before_anything_is_counted(server: Server) -> None:
    with prepare(BenchPlan(server=server.rest_address, processes=2)) as measurement:
        object.__setattr__(measurement._team._target.address, "port", 1)
        with pytest.raises(UnavailableError, match="No server answers"):
            measurement.measure(Level(2), num_tests=5)


def test_a_process_that_ends_unasked_is_an_error() -> None:
    process = GeneratorProcess()
    process._process.kill()
    with pytest.raises(InternalError, match="has ended unasked"):
        process.receive()
    process.close()


def test_a_script_that_measures_is_not_run_again_by_the_processes(server: Server, tmp_path: Path) -> None:
    script = tmp_path / "measure.py"
    script.write_text(
        "from tfsctl.bench import BenchPlan, run\n"
        f"plan = BenchPlan(server={server.rest_address!r}, num_tests=10, concurrency=2, processes=2)\n"
        "print(run(plan).num_tests)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script.read_text()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("10\n", 0), done.stderr
