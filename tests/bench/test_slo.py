"""Objectives: how they are written, and judged."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bench.level_results import level_result, report
from tfsctl.bench.level import Level
from tfsctl.bench.objectives.slo import Judgement, check_levels, judge, parse_objectives
from tfsctl.errors import UsageError

RESULT = level_result(
    [1.0] * 90 + [20.0] * 9 + [50.0], num_wrong=7, num_failed=25, num_requests=125, failed_calls={"UNAVAILABLE": 25}
)


def judged(text: str) -> Judgement:
    (judgement,) = judge(report(RESULT), parse_objectives([text]))
    return judgement


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("p50<1.1ms", True),
        ("p50 < 900us", False),
        ("p90<=2ms", True),
        ("p99.0 < 0.021 s", True),
        ("p97.5<20µs", False),
        ("max<51ms", True),
        ("max<40000000ns", False),
        ("mean<1ms", False),
        ("throughput>99", True),
        ("throughput>=100.5/s", False),
        ("failed<=25", True),
        ("failed<25", False),
        ("failed<=20%", True),
        ("errors<20%", False),
        ("wrong<=7", True),
        ("wrong<5.6%", False),
        ("wrong<=5.6%", True),
        ("error_rate<=25.6%", True),
        ("error_rate<0.256", False),
    ],
)
def test_each_measure_is_judged_in_its_units(text: str, is_met: bool) -> None:
    assert judged(text).is_met is is_met


def test_failed_calls_are_errors_and_wrong_answers_count_in_the_error_rate_alone() -> None:
    wrong_only = report(level_result([1.0] * 100, num_wrong=10))
    objectives = parse_objectives(["errors<0.1%,error_rate<12%", "error_rate<10%"])
    assert [judgement.is_met for judgement in judge(wrong_only, objectives)] == [True, True, False]


def test_a_miss_says_by_how_much() -> None:
    result = report(level_result([25.0] * 10, num_wrong=3))
    missed = judge(result, parse_objectives(["p50<20ms", "error_rate<12%", "throughput>20", "wrong<=0", "p50<25ms"]))
    assert [judgement.line for judgement in missed[1:4]] == [
        "error_rate<12% missed: 30 %, 18 points (150 %) too much",
        "throughput>20 missed: 10, 10 (50 %) too little",
        "wrong<=0 missed: 3, 3 too much",
    ]
    assert missed[0].line.startswith("p50<20ms missed: 25 ms, 5 ms (25 %) too much")
    assert "met" not in missed[4].line


def test_a_percentile_of_too_few_answers_is_not_met() -> None:
    judgement = judged("p99.9<1s")
    assert not judgement.is_met
    assert judgement.line == "p99.9<1s missed: 100 answers are too few for p99.9: 1000 are needed"


def test_nothing_answered_meets_no_latency() -> None:
    silent = report(level_result((), num_failed=3))
    lines = [judgement.line for judgement in judge(silent, parse_objectives(["p99<1s,failed<1%"]))]
    assert lines == ["p99<1s missed: no call was answered", "failed<1% missed: 100 %, 99 points (9900 %) too much"]


def test_each_level_is_judged_unless_one_is_named() -> None:
    levels = (level_result(level=Level(1)), level_result(level=Level(64)), level_result(level=Level(64, 500.0)))
    texts = ["p50<1s", "p50@64<1s", "p50@500/s<1s"]
    found = judge(report(*levels), parse_objectives(texts))
    assert [(j.objective.text, j.level) for j in found] == [
        ("p50<1s", Level(1)),
        ("p50<1s", Level(64)),
        ("p50<1s", Level(64, 500.0)),
        ("p50@64<1s", Level(64)),
        ("p50@64<1s", Level(64, 500.0)),
        ("p50@500/s<1s", Level(64, 500.0)),
    ]
    with pytest.raises(UsageError, match="not measured"):
        check_levels(parse_objectives(["p50@32<1s"]), [Level(1)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p99", "has no comparison"),
        ("p99=20ms", "'=' (character 4) is no comparison"),
        ("p99=<20ms", "'=<' (character 4) is no comparison"),
        ("p99<20", "'20' (character 5) has no unit; write 'p99<20ms'"),
        ("p99<20min", "'min' (character 7) is no unit of p99"),
        ("p99<abc", "'abc' (character 5) is no limit"),
        ("p99<-1ms", "'-1ms' (character 5) is no limit"),
        ("p100<1ms", "'p100' (character 1) is nothing that is measured"),
        ("<1ms", "'' (character 1) is nothing that is measured"),
        ("p99@x<1ms", "'x' (character 5) is no level"),
        ("throughput>5ms", "'ms' (character 13) is no unit of throughput"),
    ],
)
def test_a_slip_is_pointed_at(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_objectives([text])
    assert message in caught.value.message
    assert caught.value.hint


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(UsageError) as caught:
        parse_objectives(["eror_rate<1%"])
    assert "Did you mean 'error_rate'?" in (caught.value.hint or "")


@given(st.text(max_size=20))
def test_any_text_is_an_objective_or_a_usage_error(text: str) -> None:
    try:
        objectives = parse_objectives([text])
    except UsageError:
        return
    for judgement in judge(report(RESULT), [o for o in objectives if o.applies_to(RESULT.level)]):
        assert judgement.line
