"""What is told while a measurement runs is what was measured in the end."""

from __future__ import annotations

from tfsctl.bench import BenchPlan, Progress, run
from tfsctl.bench.level_result import Interval
from tfsctl.serving import Server


def test_seconds_are_told_whole_though_most_answers_are_not_judged_yet(server: Server) -> None:
    seen: list[Progress] = []
    plan = BenchPlan(model="mnist", server=server.rest_address, protocol="rest", concurrency=2, duration_seconds=2.6)
    report = run(plan, on_progress=seen.append)
    told = {state.last_interval.start_seconds: state.last_interval for state in seen if state.last_interval}
    assert sorted(told) == [0.0, 1.0]
    for measured in report.best.intervals[:2]:
        assert nearly_all(told[measured.start_seconds], measured)
    assert any(state.num_unjudged for state in seen)
    assert (seen[-1].num_unjudged, seen[-1].num_wrong) == (0, report.num_wrong)


def nearly_all(told: Interval, measured: Interval) -> bool:
    """But for what came within the moment before it was told."""
    return 0.9 * measured.num_answers <= told.num_answers <= measured.num_answers
