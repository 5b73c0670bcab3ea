"""A report as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib import resources

from tfsctl.bench.comparing.baseline import BaselineComparison
from tfsctl.bench.comparing.comparison import Comparison
from tfsctl.bench.page.breakdown import error_section, time_section
from tfsctl.bench.page.circumstances import circumstances_section
from tfsctl.bench.page.compared import baseline_section, comparison_headline, comparison_section
from tfsctl.bench.page.confusion import confusion_section
from tfsctl.bench.page.headline import headline
from tfsctl.bench.page.level_section import latency_section, level_details, saturation_section, time_chart_section
from tfsctl.bench.page.load_range import level_name
from tfsctl.bench.page.markup import Content, Markup, element
from tfsctl.bench.page.objectives import objectives_list
from tfsctl.bench.page.table import folded
from tfsctl.bench.report.junit import JudgedReport
from tfsctl.bench.report.report import BenchReport

# Fills that can be told apart without colour. They are drawn once, for all charts.
_PATTERNS = Markup(
    '<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="hatch-ground"/><rect width="2.5" height="6" class="hatch-line"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="dots-ground"/><circle cx="3" cy="3" r="1.4" class="dots-dot"/></pattern>'
    '<pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
    '<rect width="5" height="5" class="stripes-ground"/><rect width="1.6" height="5" class="stripes-line"/></pattern>'
    "</defs></svg>"
)


def report_page(judged: JudgedReport, baseline: BaselineComparison | None = None) -> str:
    """The HTML of a report, with its objectives and what came of them, and the ratios to a baseline."""
    report = judged.report
    return _document(
        f"{report.model}: tfsctl bench",
        headline(report, judged.judgements),
        baseline_section(baseline) if baseline is not None else None,
        _sections(report),
        circumstances_section(report),
    )


def comparison_page(comparison: Comparison, judged: Sequence[JudgedReport]) -> str:
    """The HTML of a comparison: the ratios first, then each side; `judged` are both sides with their objectives."""
    sides = [
        element(
            "section",
            element("h2", f"{letter}: ", element("bdi", one.name)),
            objectives_list(one.judgements, name_levels=len(one.report.levels) > 1),
            folded(f"The figures of {letter}", list(_sections(one.report))),
            class_="side",
        )
        for letter, one in zip("AB", judged, strict=True)
    ]
    return _document(
        f"{comparison.first.model}: tfsctl bench, A and B",
        comparison_headline(comparison),
        comparison_section(comparison),
        sides,
        circumstances_section(comparison.first),
    )


def _document(title: str, *content: Content) -> str:
    style = Markup(resources.files("tfsctl.bench.page").joinpath("page.css").read_text(encoding="utf-8"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="tfsctl bench"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", style),
    )
    body = element("body", _PATTERNS, element("main", *content))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _policy(style: Markup) -> str:
    """Nothing may be fetched or run; the one style sheet is known by its hash, pictures are in the page."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _sections(report: BenchReport) -> Iterator[Markup | None]:
    best = report.best
    if len(report.levels) > 1:
        yield saturation_section(report.levels)
    where = level_name(best) if len(report.levels) > 1 else ""
    if best.latencies.count:
        yield latency_section(best, where=where)
    if len(best.intervals) > 1:
        yield time_chart_section(best.intervals, where=where)
    if best.time_split is not None:
        yield time_section(best.time_split)
    if best.confusion is not None:
        yield confusion_section(best.confusion, best.misread)
    yield error_section(best)
    yield level_details(report.levels, but=best)
