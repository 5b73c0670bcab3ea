from __future__ import annotations

import json

import pytest

from tfsctl.bench import BenchPlan
from tfsctl.tune import TunePlan, TuneReport, parse_limits
from tfsctl.tune.markdown import markdown
from tfsctl.tune.probe import LoadChoice
from tune.machine import Machine, level_result


def _report(machine: Machine, limit: str = "") -> TuneReport:
    return TuneReport(
        plan=TunePlan(load=BenchPlan(model="m"), limits=parse_limits([limit])),
        load=LoadChoice(machine.concurrency, "as asked for", (level_result({1.0: 10}),)),
        result=machine.search(limit=limit),
        workload="example values",
        seconds=300.0,
    )


def test_report_where_batching_helps_says_by_how_much_and_what_it_costs() -> None:
    report = _report(Machine(fixed_ms=4.0, row_ms=0.1, noise=0.01))
    assert report.setting.batching is not None
    assert report.reasons[0].startswith("Throughput is ")
    assert "times as high" in report.reasons[0]
    assert "rounds) as without any of these flags." in report.reasons[0]
    assert "is refused with these parameters (max_batch_size)" in report.reasons[-1]
    assert report.traded is not None
    assert report.traded.startswith("answers/s 487.8 -> ") or "answers/s 4" in report.traded


def test_report_where_batching_does_not_help_says_to_leave_it_off() -> None:
    report = _report(Machine(fixed_ms=0.0, row_ms=2.0, noise=0.03))
    assert "so leave it off" in report.reasons[-1]
    assert "does not stand out of the noise" in report.reasons[-1] or "is worse" in report.reasons[-1]
    assert report.to_json()["batching_parameters"] is None


def test_report_of_a_missed_limit_says_by_how_much() -> None:
    report = _report(Machine(fixed_ms=4.0, row_ms=0.1), "p99<1ms")
    assert not report.is_met
    assert report.reasons[0].startswith("Nothing that was tried keeps the limit. This comes nearest: p99<1ms missed: ")
    assert "too much" in report.to_json()["missed_by"]


def test_report_of_a_model_that_cannot_be_batched_quotes_the_server() -> None:
    report = _report(Machine(fixed_ms=1.0, row_ms=0.1, refusal="Batched output tensor has 0 dimensions"))
    assert "The model cannot be batched: Batched output tensor has 0 dimensions" in report.reasons


@pytest.mark.parametrize("limit", ["", "p99<1ms", "p99<1s"])
def test_report_is_json_and_markdown_with_everything_that_was_tried(limit: str) -> None:
    report = _report(Machine(fixed_ms=4.0, row_ms=0.1), limit)
    value = json.loads(json.dumps(report.to_json(), allow_nan=False))
    num_tried = len(report.result.trials)
    assert value["schema"] == 1
    assert len(value["trials"]) == num_tried
    assert value["chosen"]["setting"]["batching"] is not None
    assert sum(line.startswith("| ") for line in markdown(report).splitlines()) == num_tried + 1
