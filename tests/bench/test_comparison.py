"""Two sides in one run, against real servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.level_results import level_result
from serving.model_directory import add_version, wait_for_versions
from tfsctl.bench import BenchPlan, Progress, run
from tfsctl.bench.comparing.comparison import compare, compared_level, num_pairs, order
from tfsctl.bench.comparing.side import plans_for
from tfsctl.bench.level import Level
from tfsctl.bench.workload import InputsPlan
from tfsctl.client import connect
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.versions import AllPolicy


def test_slices_go_back_and_forth() -> None:
    assert order(4) == [0, 1, 1, 0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("plan", "concurrency", "count"),
    [
        (BenchPlan(num_tests=1000), 1, 10),
        (BenchPlan(num_tests=1000), 64, 4),
        (BenchPlan(num_tests=30), 1, 6),
        (BenchPlan(num_tests=1), 1, 4),
        (BenchPlan(duration_seconds=10.0), 64, 10),
        (BenchPlan(duration_seconds=1.5), 1, 6),
    ],
)
def test_there_are_as_many_pairs_as_fit(plan: BenchPlan, concurrency: int, count: int) -> None:
    assert num_pairs(plan, Level(concurrency)) == count


def test_a_faster_side_stands_out() -> None:
    pairs = [(level_result([10.0] * 20, seconds=2.0), level_result([5.0 + n / 10] * 20)) for n in range(6)]
    ratios = compared_level(Level(4), pairs).ratios
    throughput, p50, errors = ratios["throughput"], ratios["p50"], ratios["error_rate"]
    assert throughput is not None
    assert throughput.value == pytest.approx(2)
    assert throughput.stands_out
    assert p50 is not None
    assert p50.value == pytest.approx(0.525, rel=0.01)
    assert p50.stands_out
    assert errors is not None
    assert not errors.stands_out


def test_a_side_without_answers_has_no_ratio() -> None:
    pairs = [(level_result(), level_result((), num_failed=4))] * 4
    ratios = compared_level(Level(4), pairs).ratios
    assert ratios["p50"] is None
    assert ratios["throughput"] is None
    assert ratios["error_rate"] is not None
    assert ratios["error_rate"].value == 1.0


def test_protocols_of_a_real_server_are_compared(server: Server) -> None:
    sides = (f"{server.rest_address},rest", f"{server.grpc_address},grpc")
    seen: list[Progress] = []
    plans = plans_for(BenchPlan(model="half_plus_two", num_tests=40, concurrency=2), *sides)
    found = compare(plans, sides, on_progress=seen.append)
    assert (found.first.protocol, found.second.protocol) == ("rest", "grpc")
    assert found.first.num_tests == found.second.num_tests == 40
    assert found.first.num_errors == found.second.num_errors == 0
    (level,) = found.levels
    assert level.num_pairs == 4
    assert all(level.ratios.values())
    done = [(state.level_number - 1 + state.fraction) / state.num_levels for state in seen]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(1.0)


def test_versions_of_a_model_are_compared(zoo: Path, tmp_path: Path) -> None:
    add_version(zoo / "half_plus_two", tmp_path / "m", 1)
    add_version(zoo / "failing", tmp_path / "m", 2)  # It takes no zeros.
    model = ModelConfig(name="m", base_path=tmp_path / "m", version_policy=AllPolicy(), version_labels={"canary": 2})
    sides = ("version:1", "label:canary")
    with Server(ServerConfig(models=(model,), port=None, rest_api_port=0)) as server:
        wait_for_versions(server, "m", 1, 2)
        zeros = BenchPlan(model="m", server=server.rest_address, num_tests=20, inputs=InputsPlan(values="zeros"))
        found = compare(plans_for(zeros, *sides), sides)
    assert (found.first.version, found.second.version_label) == (1, "canary")
    assert (found.first.num_errors, found.second.num_failed_calls) == (0, 20)


def test_equal_sides_have_equal_errors(server: Server) -> None:
    address = server.rest_address
    plans = plans_for(BenchPlan(num_tests=40), f"http://{address}", f"{address},rest")
    found = compare(plans, ("A", "B"))
    (level,) = found.levels
    errors = level.ratios["error_rate"]
    assert errors is not None
    assert (errors.value, errors.stands_out) == (0.0, False)
    assert found.first.checks_answers


def test_slices_go_on_where_the_one_before_ended(server: Server) -> None:
    address = server.rest_address
    plan = BenchPlan(num_tests=40)
    found = compare(plans_for(plan, f"http://{address}", f"{address},rest"), ("A", "B"))
    with connect(address) as client:
        once = run(plan, client)
    assert found.first.num_wrong == found.second.num_wrong == once.num_wrong
    assert {misread.number for misread in found.first.best.misread} <= set(range(40))
    assert found.first.best.confusion == once.best.confusion
