"""A report of tuning as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.disk import replacing
from tfsctl.tune.figures import Trial
from tfsctl.tune.parameters_text import parameters_text
from tfsctl.tune.report import TuneReport

_HEADING = "| setting | answers/s | p50 ms | p99 ms | failed | runs | limit |\n|---|--:|--:|--:|--:|--:|---|"


def write_markdown(report: TuneReport, path: Path) -> None:
    """Write the report to `path`, replacing what is there; raises as `tfsctl.disk.disk_errors` does."""
    with replacing(path) as temporary:
        temporary.write_text(markdown(report), encoding="utf-8")


def markdown(report: TuneReport) -> str:
    """The report: what was chosen and why, the file, the commands, and all that was tried."""
    return "\n\n".join(_blocks(report)) + "\n"


def _blocks(report: TuneReport) -> Iterator[str]:
    yield f"# Tuning {report.plan.load.model}"
    yield f"**{report.setting}**" + ("" if report.is_met else ", which misses the limit")
    yield "\n".join(f"- {reason}" for reason in report.reasons)
    if report.traded is not None:
        yield f"Traded: {report.traded}."
    if report.setting.batching is not None:
        yield f"```text\n{parameters_text(report.setting.batching)}```"
    for what, line in report.commands.items():
        yield f"With {what}:\n\n```sh\n{line}\n```"
    yield "## What was tried"
    limit = report.plan.objective.text or "none"
    yield f"{report.workload}; {report.load_text}; limit: {limit}; {report.seconds:.0f} s in all."
    yield "\n".join([_HEADING, *(_row(trial, report) for trial in report.ranked)])


def _row(trial: Trial, report: TuneReport) -> str:
    figures = trial.figures
    percentiles = [percentile_ms(figures.latencies, percent) for percent in (50, 99)]
    cells = [
        str(trial.setting),
        f"{figures.throughput:.1f}",
        *("-" if value is None else f"{value:.4g}" for value in percentiles),
        str(figures.num_failed),
        str(len(trial.runs)),
        "met" if report.plan.objective.is_met(figures) else "missed",
    ]
    return f"| {' | '.join(cells)} |"
