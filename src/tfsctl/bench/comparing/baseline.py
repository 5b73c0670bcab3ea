"""A measurement beside an older one that was saved."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfsctl.bench.statistics.confidence import error_rate_estimate, percentile_estimate, throughput_estimate
from tfsctl.bench.statistics.percentiles import percentile_ms
from tfsctl.bench.statistics.ratio import Ratio, difference_of_estimates, ratio_of_estimates
from tfsctl.bench.statistics.ratio_words import METRICS, ratio_to_json

if TYPE_CHECKING:
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.report.report import BenchReport

_PERCENTS = {"p50": 50, "p99": 99}


@dataclass(frozen=True, slots=True)
class BaselineLevel:
    """One level that both have: now over then, by metric; None where one of them has no such figure."""

    level: Level
    ratios: dict[str, Ratio | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class BaselineComparison:
    """What came of it.

    Attributes:
        name: Of the saved report.
        started: When that was measured, as ISO 8601 writes it.
        levels: Those that both have.
        warnings: What else differs between the two, so that the ratio may not be the server's doing.
    """

    name: str
    started: str
    levels: tuple[BaselineLevel, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As docs/reference/bench-report.md says, `baseline`."""
        return {
            "name": self.name,
            "started": self.started,
            "warnings": list(self.warnings),
            "levels": [
                {
                    "concurrency": compared.level.concurrency,
                    "rate": compared.level.rate,
                    "ratios": {name: ratio_to_json(ratio) for name, ratio in compared.ratios.items()},
                }
                for compared in self.levels
            ],
        }


def compare_with_baseline(report: BenchReport, baseline: BenchReport, *, name: str) -> BaselineComparison:
    """Now over then, for the levels that both have.

    The spread is put together from both reports' own. They were made at different times: what has changed on the
    machine meanwhile is in the ratio, and not in its spread.
    """
    before = {result.level: result for result in baseline.levels}
    levels = tuple(
        BaselineLevel(result.level, {metric: _ratio(metric, before[result.level], result) for metric in METRICS})
        for result in report.levels
        if result.level in before
    )
    warnings = tuple(_warnings(report, baseline, has_levels=bool(levels)))
    return BaselineComparison(name=name, started=baseline.environment.started, levels=levels, warnings=warnings)


def _ratio(metric: str, before: LevelResult, now: LevelResult) -> Ratio | None:
    if metric == "throughput":
        return ratio_of_estimates(
            before.throughput,
            now.throughput,
            first_estimate=throughput_estimate(before),
            second_estimate=throughput_estimate(now),
        )
    if metric == "error_rate":
        return difference_of_estimates(
            before.error_rate,
            now.error_rate,
            first_estimate=error_rate_estimate(before),
            second_estimate=error_rate_estimate(now),
        )
    percent = _PERCENTS[metric]
    return ratio_of_estimates(
        percentile_ms(before.latencies, percent) or 0.0,
        percentile_ms(now.latencies, percent) or 0.0,
        first_estimate=percentile_estimate(before, percent),
        second_estimate=percentile_estimate(now, percent),
    )


def _warnings(report: BenchReport, baseline: BenchReport, *, has_levels: bool) -> Iterator[str]:
    now, then = report.environment, baseline.environment
    pairs: Sequence[tuple[str, object, object]] = (
        ("model", report.model, baseline.model),
        ("signature", report.signature_name, baseline.signature_name),
        ("inputs", report.workload, baseline.workload),
        ("protocol", report.protocol, baseline.protocol),
        ("machine", now.machine, then.machine),
        ("processor", f"{now.num_cpus} x {now.cpu}", f"{then.num_cpus} x {then.cpu}"),
        ("tfsctl version", now.versions.get("tfsctl"), then.versions.get("tfsctl")),
    )
    for what, mine, other in pairs:
        if mine != other:
            yield f"The baseline has another {what}: {other}, and now {mine}."
    if _options(now.command) != _options(then.command):
        yield f"The baseline was measured by another command: {then.command}"
    if not has_levels:
        yield "The baseline has none of the levels that were measured."


def _is_limit(word: str) -> bool:
    """Several may follow one `--slo`; nothing else has a comparison in it."""
    return not word.startswith("-") and ("<" in word or ">" in word)


def _options(command: str) -> str:
    """The command line without what only says where reports go."""
    try:
        words = iter(shlex.split(command))
    except ValueError:  # somebody has edited it
        return command
    kept = []
    for word in words:
        name, equals, _ = word.partition("=")
        if name in {"--save", "--baseline", "--slo", "--junit", "--markdown", "--report"}:
            if not equals:
                next(words, None)
        elif name not in {"--json", "-q", "--quiet", "-v", "--verbose", "--no-color"} and not _is_limit(word):
            kept.append(word)
    return shlex.join(kept)
