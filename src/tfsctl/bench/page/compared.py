"""A measurement beside another: a saved one, or the other side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from tfsctl.bench.comparing.baseline import BaselineComparison
from tfsctl.bench.comparing.comparison import Comparison
from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.page.amount import data, milliseconds_data, moment_text, percent_text, three_digits
from tfsctl.bench.page.callout import callout
from tfsctl.bench.page.headline import protocol_name
from tfsctl.bench.page.markup import Content, Markup, element, joined
from tfsctl.bench.page.objectives import ratio_figures
from tfsctl.bench.page.table import table
from tfsctl.bench.report.lines import level_name
from tfsctl.bench.report.report import BenchReport
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.bench.statistics.ratio_words import ratio_line


def baseline_section(compared: BaselineComparison) -> Markup:
    """This measurement over the one that was saved."""
    figures = [
        joined(
            element("h3", f"At {level_name(level.level)}"),
            ratio_figures(level.ratios, first="the baseline", second="this one"),
        )
        for level in compared.levels
    ]
    return element(
        "section",
        element("h2", "Beside the baseline"),
        element(
            "p",
            "The baseline is ",
            element("bdi", compared.name),
            f", measured {moment_text(compared.started)}.",
            class_="finding",
        ),
        [callout("Not the same", element("bdi", warning)) for warning in compared.warnings],
        figures,
    )


def comparison_headline(comparison: Comparison) -> Markup:
    """Who was compared, and in words what came of it at the level of most throughput."""
    first = comparison.first
    when = moment_text(first.environment.started)
    best = next((level for level in comparison.levels if level.level == first.best.level), comparison.levels[0])
    words = [ratio_line(name, best.ratios.get(name), first="A", second="B") for name in ("throughput", "p99")]
    return element(
        "header",
        element("p", "tfsctl bench", element("span", when, class_="when"), class_="brand"),
        element("h1", element("bdi", first.model)),
        element("p", "A is ", _side(comparison.names[0], first), class_="asked"),
        element("p", "B is ", _side(comparison.names[1], comparison.second), class_="asked"),
        [element("p", f"{line}.", class_="answer") for line in words],
    )


def comparison_section(comparison: Comparison) -> Iterator[Markup]:
    """The figures of both sides, and their ratios at each level."""
    columns = ("Load", "A answers/s", "B answers/s", "A p50", "B p50", "A p99", "B p99", "A errors", "B errors")
    rows = [_row(*results) for results in zip(comparison.first.levels, comparison.second.levels, strict=True)]
    yield element("section", element("h2", "Both sides"), table(columns, rows, caption="A and B, measured in turn"))
    for level in comparison.levels:
        yield element(
            "section",
            element("h2", f"B over A at {level_name(level.level)}"),
            element("p", f"From {level.num_pairs} pairs of slices, measured in turn.", class_="finding"),
            ratio_figures(level.ratios, first="A", second="B"),
        )


def _side(name: str, report: BenchReport) -> Content:
    version = f", version {report.version}" if report.version is not None else ""
    return joined(element("strong", element("bdi", name)), f" ({protocol_name(report)} to {report.server}{version})")


def _row(first: LevelResult, second: LevelResult) -> list[str]:
    sides = (first, second)
    return [
        level_name(first.level),
        *(data(side.throughput, three_digits(side.throughput)) for side in sides),
        *(milliseconds_data(percentile_ms(side.latencies, 50)) for side in sides),
        *(milliseconds_data(percentile_ms(side.latencies, 99)) for side in sides),
        *(data(side.error_rate, percent_text(side.error_rate)) for side in sides),
    ]
