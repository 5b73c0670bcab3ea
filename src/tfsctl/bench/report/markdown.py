"""Reports as Markdown: for pull requests and the step summaries of CI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tfsctl.bench.report.lines import level_name, more_lines
from tfsctl.bench.statistics.confidence import throughput_estimate
from tfsctl.bench.statistics.percentiles import latency_ms
from tfsctl.bench.statistics.ratio_words import ratio_line

if TYPE_CHECKING:
    from tfsctl.bench.comparing.baseline import BaselineComparison
    from tfsctl.bench.comparing.comparison import Comparison
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.objectives.slo import Judgement
    from tfsctl.bench.report.junit import JudgedReport
    from tfsctl.bench.report.report import BenchReport

_PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
# What steers a terminal, and what UTF-8 cannot hold.
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOTHING = "—"


def report_markdown(judged: JudgedReport, baseline: BaselineComparison | None = None) -> str:
    """A heading, the figures, the objectives, the baseline, and what was measured where."""
    report = judged.report
    lines = [f"## tfsctl bench: {_escaped(report.model)}", "", *_levels_table(report.levels), ""]
    lines += [f"{_escaped(line)}  " for line in (report.error_rate_line, *more_lines(report.best))] + [""]
    lines += _failures(report)
    lines += _objectives(judged.judgements)
    if baseline is not None:
        lines += _baseline(baseline)
    return "\n".join([*lines, *_environment(report)]) + "\n"


def comparison_markdown(comparison: Comparison, judged: Sequence[JudgedReport]) -> str:
    """A heading, both sides' figures, the ratios in words, the objectives of each side."""
    model = _escaped(comparison.first.model)
    lines = [f"## tfsctl bench: {model}, {_escaped(comparison.names[0])} and {_escaped(comparison.names[1])}", ""]
    for letter, name, one in zip("AB", comparison.names, judged, strict=True):
        lines += [f"**{letter}: {_escaped(name)}**", "", *_levels_table(one.report.levels), ""]
        lines += _objectives(one.judgements)
    for level in comparison.levels:
        lines += [f"At {level_name(level.level)}:", ""]
        sentences = [ratio_line(name, ratio, first="A", second="B") for name, ratio in level.ratios.items()]
        lines += [*(f"- {_escaped(sentence)}" for sentence in sentences), ""]
    return "\n".join([*lines, *_environment(comparison.first)]) + "\n"


def _levels_table(results: Sequence[LevelResult]) -> Iterator[str]:
    columns = ("load", "answers/s", "95 %", *(f"{name} ms" for name in _PERCENTILES), "errors")
    yield _row(columns)
    yield _row(["---", *["---:"] * (len(columns) - 1)])
    for result in results:
        figures = latency_ms(result.latencies)
        estimate = throughput_estimate(result)
        yield _row(
            [
                level_name(result.level),
                f"{result.throughput:.1f}",
                _NOTHING if estimate is None else f"{estimate.low:.1f} to {estimate.high:.1f}",
                *(_NOTHING if (value := figures[name]) is None else f"{value:.2f}" for name in _PERCENTILES),
                f"{result.error_rate * 100:.4g} %",
            ]
        )


def _failures(report: BenchReport) -> Iterator[str]:
    for result in report.levels:
        if result.num_failed:
            codes = ", ".join(f"{count} {code}" for code, count in result.failed_calls.items())
            first = _escaped(result.first_failure or "")
            yield f"Failed calls at {level_name(result.level)}: {_escaped(codes)}: {first}  "
    yield ""


def _objectives(judgements: Sequence[Judgement]) -> Iterator[str]:
    if not judgements:
        return
    yield _row(["objective", "load", "measured", ""])
    yield _row(["---", "---", "---:", "---"])
    for judgement in judgements:
        verdict = "met" if judgement.is_met else f"**missed**: {_escaped(judgement.line.partition('missed: ')[2])}"
        name, load = _escaped(judgement.objective.text), level_name(judgement.level)
        yield _row([name, load, _escaped(judgement.value_text), verdict])
    yield ""


def _baseline(baseline: BaselineComparison) -> Iterator[str]:
    yield f"Beside the baseline {_escaped(baseline.name)} of {baseline.started}:"
    yield ""
    for level in baseline.levels:
        for name, ratio in level.ratios.items():
            sentence = ratio_line(name, ratio, first="the baseline", second="this one")
            yield f"- {level_name(level.level)}: {_escaped(sentence)}"
    for warning in baseline.warnings:
        yield f"- {_escaped(warning)}"
    yield ""


def _environment(report: BenchReport) -> Iterator[str]:
    environment = report.environment
    versions = ", ".join(f"{name} {version}" for name, version in environment.versions.items())
    yield f"{_escaped(report.workload)} to {_escaped(report.server)} over {report.protocol}, {environment.started},"
    yield f"from {_escaped(environment.machine)} ({environment.num_cpus} x {_escaped(environment.cpu)},"
    yield f"{_escaped(environment.system)}; {_escaped(versions)})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Text as itself: no markup of its own, on one line."""
    return _SPECIAL.sub(r"\\\1", _UNSAFE.sub("\ufffd", " ".join(text.split())))
