"""What `tfsctl tune` found, for people."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console
    from tfsctl.tune import Setting, TuneReport
    from tfsctl.tune.figures import Trial

COLUMNS = ("batch", "wait", "threads", "intra", "inter", "answers/s", "p50 ms", "p99 ms", "failed", "limit")


def show_report(console: Console, report: TuneReport) -> None:
    """Everything: what was tried, what was chosen and why, the file, and how to serve like that."""
    _paragraph(console, headline(report))
    console.show("")
    console.show_table(columns(report), rows(report))
    console.show("")
    _paragraph(console, f"Chosen: {report.setting}.")
    for reason in report.reasons:
        _paragraph(console, reason)
    if report.traded is not None:
        _paragraph(console, f"Traded: {report.traded}.")
    _show_file(console, report)
    _show_commands(console, report)


def headline(report: TuneReport) -> str:
    """What was tried, with what load."""
    plan = report.plan
    why = "" if plan.rate is not None else f" ({report.load.reason})"
    limit = "" if plan.objective.text is None else f", under {plan.objective.text}"
    tried = len(report.result.trials)
    return f"Tried {tried} settings in {report.seconds:.0f} s: {report.workload}, {report.load_text}{why}{limit}."


def columns(report: TuneReport) -> Sequence[str]:
    """The headings; the last is left out where there is no limit."""
    return COLUMNS if report.plan.limits else COLUMNS[:-1]


def rows(report: TuneReport) -> list[list[str]]:
    """What was tried, the best first."""
    return [_row(trial, report)[: len(columns(report))] for trial in report.ranked]


def _row(trial: Trial, report: TuneReport) -> list[str]:
    from tfsctl.bench.statistics.percentiles import percentile_ms

    figures = trial.figures
    p50, p99 = (percentile_ms(figures.latencies, percent) for percent in (50, 99))
    return [
        *_setting_cells(trial.setting),
        f"{figures.throughput:.1f}",
        "-" if p50 is None else f"{p50:.4g}",
        "-" if p99 is None else f"{p99:.4g}",
        str(figures.num_failed),
        "met" if report.plan.objective.is_met(figures) else "missed",
    ]


def _setting_cells(setting: Setting) -> list[str]:
    threads = [str(setting.intra_op_parallelism or "-"), str(setting.inter_op_parallelism or "-")]
    batching = setting.batching
    if batching is None:
        return ["off", "-", "-", *threads]
    marks = ("*" if batching.allowed_batch_sizes else "") + ("+" if batching.pad_variable_length_inputs else "")
    wait = f"{batching.batch_timeout_micros}us" if batching.batch_timeout_micros else "0"
    return [f"{batching.max_batch_size}{marks}", wait, str(batching.num_batch_threads), *threads]


def _show_file(console: Console, report: TuneReport) -> None:
    from tfsctl.tune import SERVER_FILE_NAME, parameters_text

    if report.setting.batching is None:
        return
    place = report.files.get("server")
    title = f"{SERVER_FILE_NAME} (--output DIR writes it):" if place is None else f"Written to {place}:"
    console.show(f"\n{title}\n")
    console.show(textwrap.indent(parameters_text(report.setting.batching).rstrip(), "  "))
    if "model" in report.files:
        console.show(f"\nThe same without the threads, for this model alone: {report.files['model']}")


def _show_commands(console: Console, report: TuneReport) -> None:
    for what, line in report.commands.items():
        console.show(f"\nTo serve like that with {what}:\n")
        console.show(textwrap.indent(line, "  "))


def _paragraph(console: Console, text: str) -> None:
    """Text in whole words on lines of the terminal's width."""
    width = shutil.get_terminal_size().columns
    console.show(textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False))
