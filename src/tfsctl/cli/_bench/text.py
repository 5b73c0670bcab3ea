"""What a measurement found, for people: plain lines, and a table where there are several levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.bench import BenchReport
    from tfsctl.bench.comparing.baseline import BaselineComparison
    from tfsctl.bench.comparing.comparison import Comparison
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.objectives.slo import Judgement

_COLUMNS = ("concurrency", "rate", "answers/s", "±", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "errors")
_NOTHING = "—"
# Of less than a second it cannot be told who was the limit.
_MIN_SECONDS = 1.0


def show_report(console: Console, report: BenchReport, *, names_metrics: bool = False) -> None:
    """The figures: for several levels a table, then the level of most throughput in full.

    Somebody who `names_metrics` of a server is told why nothing came of them.
    """
    from tfsctl.bench.report.lines import level_name, more_lines

    if len(report.levels) > 1:
        console.show_table(_COLUMNS, [_row(result) for result in report.levels])
        console.show(f"\nMost throughput at {level_name(report.best.level)}:")
    for line in (report.summary(), *more_lines(report.best)):
        console.show(line)
    if report.best.time_split_reason:
        tell = console.warn if names_metrics else console.detail
        tell(f"Where the time went is not known: {report.best.time_split_reason}.")


def warn_of_generator(console: Console, results: Iterable[LevelResult], *, side: str = "") -> None:
    """Say where the figures are this side's and not the server's."""
    from tfsctl.bench.report.lines import level_name

    for result in results:
        if result.generator.was_limit and result.seconds >= _MIN_SECONDS:
            where = level_name(result.level)
            whose = f"{side}: " if side else ""
            console.warn(f"{whose}The generator was the limit at {where}, not the server: {result.generator.reason}")


def show_judgements(console: Console, judgements: Iterable[Judgement], *, name_levels: bool, side: str = "") -> None:
    """A line for each objective: met, or missed and by how much."""
    from tfsctl.bench.report.lines import level_name

    for judgement in judgements:
        where = f" at {level_name(judgement.level)}" if name_levels else ""
        whose = f" ({side})" if side else ""
        console.show(f"SLO{whose}{where}: {judgement.line}")


def warn_of_misses(console: Console, judgements: Iterable[Judgement]) -> None:
    """The same on stderr, where stdout has JSON."""
    for judgement in judgements:
        if not judgement.is_met:
            console.warn(f"SLO {judgement.line}")


def show_baseline(console: Console, compared: BaselineComparison) -> None:
    """Now beside then."""
    from tfsctl.bench.report.lines import level_name
    from tfsctl.bench.statistics.ratio_words import ratio_line

    for level in compared.levels:
        console.show(f"Beside the baseline {compared.name} of {compared.started}, at {level_name(level.level)}:")
        for name, ratio in level.ratios.items():
            console.show("  " + ratio_line(name, ratio, first="the baseline", second="this one"))


def warn_of_baseline(console: Console, compared: BaselineComparison) -> None:
    """Say what else differs between now and then."""
    for warning in compared.warnings:
        console.warn(warning)


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Both sides' figures in a table, and a sentence for each ratio."""
    from tfsctl.bench.report.lines import level_name
    from tfsctl.bench.statistics.ratio_words import ratio_line

    sides = (("A", comparison.first), ("B", comparison.second))
    rows = [(letter, *_row(result)) for letter, report in sides for result in report.levels]
    console.show_table(("side", *_COLUMNS), rows)
    console.show(f"\nA is {comparison.names[0]}, B is {comparison.names[1]}.")
    for level in comparison.levels:
        console.show(f"At {level_name(level.level)}, from {level.num_pairs} pairs of slices in turn:")
        for name, ratio in level.ratios.items():
            console.show("  " + ratio_line(name, ratio, first="A", second="B"))
    for letter, report in sides:
        for result in report.levels:
            if result.num_failed:
                console.warn(f"{letter}: {result.num_failed} calls failed: {result.first_failure}")


def _row(result: LevelResult) -> tuple[str, ...]:
    from tfsctl.bench.statistics.confidence import throughput_estimate
    from tfsctl.bench.statistics.percentiles import latency_ms

    figures = latency_ms(result.latencies)
    estimate = throughput_estimate(result)
    return (
        str(result.level.concurrency),
        _NOTHING if result.level.rate is None else f"{result.level.rate:g}",
        f"{result.throughput:.1f}",
        _NOTHING if estimate is None else f"{(estimate.high - estimate.value):.1f}",
        *(_milliseconds(figures[name]) for name in ("p50", "p90", "p99", "p99.9", "max")),
        f"{result.error_rate * 100:.4g}%",
    )


def _milliseconds(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f}"
