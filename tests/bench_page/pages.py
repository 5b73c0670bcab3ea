"""The pages that are tested, by name."""

from __future__ import annotations

import functools
from collections.abc import Callable

from bench_page import reports
from tfsctl.bench.comparing.baseline import compare_with_baseline
from tfsctl.bench.comparing.comparison import Comparison, compared_level
from tfsctl.bench.objectives.slo import judge, parse_objectives
from tfsctl.bench.page import comparison_page, report_page
from tfsctl.bench.report.junit import JudgedReport
from tfsctl.bench.report.report import BenchReport


def page_of(report: BenchReport, *objectives: str) -> str:
    """The page of a report, judged by objectives."""
    judgements = judge(report, parse_objectives(objectives))
    return report_page(JudgedReport(report=report, judgements=judgements))


def beside_baseline() -> str:
    """A report with one that was saved."""
    report = reports.plain()
    before = reports.report(reports.level(reports.intervals(30, answers=300, median=3.1)))
    return report_page(JudgedReport(report=report), compare_with_baseline(report, before, name="before"))


def compared() -> str:
    """Two sides of which the second is faster."""
    pairs = [
        (
            reports.level(reports.intervals(1, answers=300 + 2 * n, median=3.1)),
            reports.level(reports.intervals(1, answers=400 - n, median=2.4)),
        )
        for n in range(8)
    ]
    first, second = reports.plain(), reports.report(reports.level(reports.intervals(30, answers=300, median=3.1)))
    level = compared_level(first.best.level, pairs)
    comparison = Comparison(names=("rest", "grpc"), first=second, second=first, levels=(level,))
    judgements = judge(first, parse_objectives(["p99<20ms"]))
    sides = [
        JudgedReport(report=one, judgements=judgements, name=name)
        for one, name in zip((second, first), "AB", strict=True)
    ]
    return comparison_page(comparison, sides)


_PAGES: dict[str, Callable[[], str]] = {
    "plain": lambda: page_of(reports.plain()),
    "digits": lambda: page_of(reports.digits(), "p99<2ms", "errors<20%"),
    "many classes": lambda: page_of(reports.digits(47)),
    "concurrencies": lambda: page_of(reports.saturated(), "p99<20ms"),
    "rates": lambda: page_of(reports.saturated(rates=True)),
    "rates and concurrencies": lambda: page_of(reports.grid()),
    "nothing answered": lambda: page_of(reports.unanswered()),
    "one answer": lambda: page_of(reports.report(reports.level(reports.intervals(1, answers=1, median=1.0)))),
    "baseline": beside_baseline,
    "comparison": compared,
}
NAMES = tuple(_PAGES)


@functools.cache
def page(name: str) -> str:
    """The HTML of one of `NAMES`."""
    return _PAGES[name]()
