"""What CI reads: JUnit XML and Markdown, whatever names and messages are like."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import hypothesis.strategies as st
from hypothesis import given

from bench.level_results import level_result, report
from tfsctl.bench.comparing.comparison import Comparison, compared_level
from tfsctl.bench.level import Level
from tfsctl.bench.objectives.slo import judge, parse_objectives
from tfsctl.bench.report.junit import JudgedReport, junit_xml
from tfsctl.bench.report.markdown import comparison_markdown, report_markdown

NASTY = 'a<b> & "c" \x00\x1b[2J \ud800 | `x` *y*\nnew'


def judged(model: str = "mnist", *, num_failed: int = 0, failure: str | None = None) -> JudgedReport:
    levels = [level_result(level=Level(number), num_failed=num_failed, first_failure=failure) for number in (1, 2)]
    made = report(*levels, model=model)
    return JudgedReport(report=made, judgements=judge(made, parse_objectives(["p50<1ms", "failed<=0"])))


def test_a_test_for_each_objective_at_each_level() -> None:
    root = ET.fromstring(junit_xml([judged()]))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("hostname")) == ("6", "2", "box")
    cases = {case.get("name"): case.find("failure") for case in suite.iter("testcase")}
    failure = cases["p50<1ms (concurrency 1)"]
    assert failure is not None
    assert failure.get("message", "").startswith("p50<1ms missed: ")
    assert cases["failed<=0 (concurrency 2)"] is None
    assert cases["calls are answered (concurrency 1)"] is None


def test_a_level_without_answers_fails_its_own_test() -> None:
    silent = report(level_result((), num_failed=3, first_failure="gone"))
    failure = ET.fromstring(junit_xml([JudgedReport(report=silent)])).find(".//failure")
    assert failure is not None
    assert failure.text == "no call was answered: gone"


@given(st.text())
def test_any_message_makes_valid_xml(text: str) -> None:
    ET.fromstring(junit_xml([judged(text, num_failed=1, failure=text)]))


def test_what_xml_cannot_hold_is_replaced() -> None:
    suite = ET.fromstring(junit_xml([judged(NASTY)]))[0]
    assert suite.get("name") == 'tfsctl bench a<b> & "c" \ufffd\ufffd[2J \ufffd | `x` *y*\nnew'


def test_markdown_has_a_table_of_levels_and_of_objectives() -> None:
    lines = report_markdown(judged()).splitlines()
    assert lines[0] == "## tfsctl bench: mnist"
    assert "| load | answers/s | 95 % | p50 ms | p90 ms | p99 ms | p99.9 ms | max ms | errors |" in lines
    row = next(line for line in lines if line.startswith("| concurrency 2 |"))
    assert row.startswith("| concurrency 2 | 4.0 | — | 2.0")
    assert any(line.startswith(r"| p50\<1ms | concurrency 1 |") and "**missed**" in line for line in lines)


def test_markdown_escapes_what_came_from_elsewhere() -> None:
    text = report_markdown(judged(NASTY, num_failed=1, failure=NASTY))
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "\x1b" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(line.replace("\\|", "").split("|")) for line in rows} == {11, 6}


def test_markdown_of_a_comparison_names_both_sides() -> None:
    one = judged()
    pairs = [(level_result([2.0] * 8), level_result([1.0] * 9))] * 4
    levels = (compared_level(Level(4), pairs),)
    comparison = Comparison(names=("rest", "grpc"), first=one.report, second=one.report, levels=levels)
    text = comparison_markdown(comparison, [one, one])
    assert "**A: rest**" in text
    assert "**B: grpc**" in text
    assert "- p50: B takes 0.50 times as long as A (0.50 to 0.50): that stands out of the noise" in text
