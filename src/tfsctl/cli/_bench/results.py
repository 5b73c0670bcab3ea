"""Carries out what `tfsctl bench` was asked for: measures or compares, shows, judges, keeps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.cli._bench import text
from tfsctl.cli._bench.page import write_page
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus

if TYPE_CHECKING:
    from tfsctl.bench import BenchPlan, BenchReport
    from tfsctl.bench.comparing.baseline import BaselineComparison
    from tfsctl.bench.comparing.comparison import Comparison
    from tfsctl.bench.objectives.slo import Judgement, Objective
    from tfsctl.bench.progress import OnProgress
    from tfsctl.bench.report.junit import JudgedReport

STDOUT = Path("-")


@dataclass(frozen=True, kw_only=True)
class BenchResults:
    """The options of `BenchResultOptions`, checked.

    Attributes:
        plan: What to measure.
        sides, names: The plans of a comparison and how they were written; no plans where there is none.
        objectives: To be met.
        save_as: The name of the report.
        baseline: The name of a saved report, and what is in it.
        junit, markdown: Files to write; `-` is stdout.
        page: The file of the page to look at.
    """

    plan: BenchPlan
    sides: tuple[BenchPlan, BenchPlan] | None
    names: tuple[str, str]
    objectives: tuple[Objective, ...]
    save_as: str | None
    baseline: tuple[str, BenchReport] | None
    junit: Path | None
    markdown: Path | None
    page: Path | None

    def measure(self, *, on_progress: OnProgress | None = None) -> BenchReport | Comparison:
        """Measure by the plan, or both sides in turn; raises what `tfsctl.bench.run` does."""
        if self.sides is None:
            from tfsctl.bench.runner import run

            return run(self.plan, on_progress=on_progress)
        from tfsctl.bench.comparing.comparison import compare

        return compare(self.sides, self.names, on_progress=on_progress)

    def finish(self, console: Console, found: BenchReport | Comparison) -> ExitStatus:
        """Show the figures and what they come to, write the files; how the command ends.

        That is 1 if an objective is missed, or no call at all was answered.
        """
        from tfsctl.bench.report.report import BenchReport

        if isinstance(found, BenchReport):
            return self._finish_report(console, found)
        return self._finish_comparison(console, found)

    def _finish_report(self, console: Console, report: BenchReport) -> ExitStatus:
        from tfsctl.bench.comparing.baseline import compare_with_baseline
        from tfsctl.bench.report.markdown import report_markdown

        judged = self._judged(report)
        baseline = None
        if self.baseline is not None:
            name, saved = self.baseline
            baseline = compare_with_baseline(report, saved, name=name)
        document: dict[str, Any] = {}
        if console.as_json:
            document = report.to_json()
            console.show_json({**document, **dict(self._verdicts_json(judged.judgements, baseline))})
        elif self.markdown != STDOUT:
            self._show_report(console, judged, baseline)
        self._warn(console, judged, baseline)
        self._write(console, [judged], lambda: report_markdown(judged, baseline))
        if self.page is not None:
            from tfsctl.bench.page import report_page

            write_page(console, self.page, report_page(judged, baseline))
        if self.save_as is not None:
            from tfsctl.bench.report.saved import save

            console.say(f"Saved {save(document or report.to_json(), self.save_as)}")
        return _status([judged])

    def _show_report(self, console: Console, judged: JudgedReport, baseline: BaselineComparison | None) -> None:
        text.show_report(console, judged.report, names_metrics=self.plan.metrics is not None)
        text.show_judgements(console, judged.judgements, name_levels=len(judged.report.levels) > 1)
        if baseline is not None:
            text.show_baseline(console, baseline)

    def _finish_comparison(self, console: Console, comparison: Comparison) -> ExitStatus:
        from tfsctl.bench.report.markdown import comparison_markdown

        judged = [
            self._judged(comparison.first, name=self.names[0]),
            self._judged(comparison.second, name=self.names[1]),
        ]
        if console.as_json:
            slo = {side: _judgements_json(one.judgements) for side, one in zip("ab", judged, strict=True)}
            console.show_json({**comparison.to_json(), **({"slo": slo} if self.objectives else {})})
        elif self.markdown != STDOUT:
            text.show_comparison(console, comparison)
            for letter, one in zip("AB", judged, strict=True):
                name_levels = len(one.report.levels) > 1
                text.show_judgements(console, one.judgements, name_levels=name_levels, side=letter)
        for one in judged:
            self._warn(console, one, None)
        self._write(console, judged, lambda: comparison_markdown(comparison, judged))
        if self.page is not None:
            from tfsctl.bench.page import comparison_page

            write_page(console, self.page, comparison_page(comparison, judged))
        return _status(judged)

    def _judged(self, report: BenchReport, *, name: str = "") -> JudgedReport:
        from tfsctl.bench.objectives.slo import judge
        from tfsctl.bench.report.junit import JudgedReport

        return JudgedReport(report=report, judgements=judge(report, self.objectives), name=name)

    def _verdicts_json(
        self, judgements: Sequence[Judgement], baseline: BaselineComparison | None
    ) -> Iterator[tuple[str, Any]]:
        """What the report's JSON has beside its own figures."""
        if self.objectives:
            yield "slo", _judgements_json(judgements)
        if baseline is not None:
            yield "baseline", baseline.to_json()

    def _warn(self, console: Console, judged: JudgedReport, baseline: BaselineComparison | None) -> None:
        """On stderr what stdout does not say to people."""
        text.warn_of_generator(console, judged.report.levels, side=judged.name)
        if baseline is not None:
            text.warn_of_baseline(console, baseline)
        if console.as_json or self.markdown == STDOUT:
            text.warn_of_misses(console, judged.judgements)

    def _write(self, console: Console, judged: list[JudgedReport], markdown: Callable[[], str]) -> None:
        if self.junit is not None:
            from tfsctl.bench.report.junit import junit_xml

            _write_file(self.junit, junit_xml(judged))
            console.say(f"Wrote {self.junit}")
        if self.markdown == STDOUT:
            console.show(markdown().rstrip("\n"))
        elif self.markdown is not None:
            _write_file(self.markdown, markdown())
            console.say(f"Wrote {self.markdown}")


def _judgements_json(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    return [judgement.to_json() for judgement in judgements]


def _status(judged: list[JudgedReport]) -> ExitStatus:
    is_missed = any(not judgement.is_met for one in judged for judgement in one.judgements)
    is_silent = any(one.report.num_failed_calls == one.report.num_tests for one in judged)
    return ExitStatus.NEGATIVE_ANSWER if is_missed or is_silent else ExitStatus.OK


def _write_file(path: Path, content: str) -> None:
    """In place of what is there, but for GitHub's summary of a step, to which each command adds its part."""
    from tfsctl.disk import disk_errors, replacing

    if str(path) == os.environ.get("GITHUB_STEP_SUMMARY"):
        with disk_errors(path), path.open("a", encoding="utf-8") as summary:
            summary.write(content)
        return
    with replacing(path) as temporary:
        temporary.write_text(content, encoding="utf-8")
