"""Several measurements of one level as one."""

from __future__ import annotations

from bench.level_results import interval, level_result, of_intervals
from tfsctl.bench.comparing.merging import merged
from tfsctl.bench.level_result import GeneratorLoad, TimeSplit
from tfsctl.bench.truth import ConfusionMatrix, Misread


def test_counts_add_up_and_intervals_follow_one_another() -> None:
    first = of_intervals([interval([1.0, 2.0])], num_failed=1, failed_calls={"UNAVAILABLE": 1}, first_failure="x")
    second = of_intervals([interval([3.0], num_wrong=1)], num_wrong=1, failed_calls={"ABORTED": 2, "UNAVAILABLE": 1})
    both = merged([first, second])
    assert (both.num_requests, both.num_wrong, both.seconds, both.latencies.count) == (3, 1, 2.0, 3)
    assert (both.failed_calls, both.first_failure) == ({"ABORTED": 2, "UNAVAILABLE": 2}, "x")
    assert [one.start_seconds for one in both.intervals] == [0.0, 1.0]
    assert both.repeat_throughputs == (2.0, 1.0)
    assert merged([first]) is first


def test_the_generator_was_a_limit_if_it_ever_was() -> None:
    free = GeneratorLoad(num_processes=1, cpu_fraction=0.2, late_ms={"p50": 1.0, "max": 5.0})
    limit = GeneratorLoad(
        num_processes=2, cpu_fraction=1.0, late_ms={"p50": 3.0, "max": 4.0}, was_limit=True, reason="y"
    )
    both = merged([level_result(generator=free), level_result(generator=limit)]).generator
    assert (both.was_limit, both.reason, both.late_ms) == (True, "y", {"p50": 3.0, "max": 5.0})


def test_time_splits_are_weighted_by_answers_and_confusions_added() -> None:
    classes = ("a", "b")
    one = level_result(
        [1.0] * 3,
        time_split=TimeSplit(total=4.0, server=2.0, run=1.0, queue=0.5),
        confusion=ConfusionMatrix(classes, ((1, 2), (3, 4))),
        misread=(Misread(1, 0, 1), Misread(2, 1, 0)),
    )
    other = level_result(
        [1.0],
        time_split=TimeSplit(total=8.0, server=6.0, run=1.0),
        confusion=ConfusionMatrix(classes, ((1, 0), (0, 1))),
        misread=(Misread(0, 0, 1), Misread(2, 1, 0)),
    )
    both = merged([one, other])
    assert both.time_split == TimeSplit(total=5.0, server=3.0, run=1.0)
    assert both.confusion == ConfusionMatrix(classes, ((2, 2), (3, 5)))
    assert [misread.number for misread in both.misread] == [0, 1, 2]
    assert merged([one, level_result()]).time_split is None
