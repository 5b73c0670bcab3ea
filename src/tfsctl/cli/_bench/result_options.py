"""Options of `tfsctl bench` about what is made of the figures: compared, judged, kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import AnyContext, Command
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench import BenchPlan
    from tfsctl.cli._bench.results import BenchResults

_PANEL = "Results"

CompareOption = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--compare",
        metavar="A B",
        help="Measure two in turn and tell their ratio: rest, grpc, HOST:PORT, version:N, label:NAME, or several of"
        " these with commas.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
SloOption = Annotated[
    list[str] | None,
    typer.Option(
        "--slo",
        metavar="LIMIT",
        help="End with 1 unless this is met: p99<20ms, errors<0.1%, error_rate<12%, throughput>500; several may"
        " follow.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
SaveOption = Annotated[
    str | None,
    typer.Option(
        "--save",
        metavar="NAME",
        help="Keep the report under this name, or in FILE.json.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="NAME",
        help="Tell the ratio to a report that was saved.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
JunitOption = Annotated[
    Path | None,
    typer.Option(
        "--junit",
        metavar="FILE",
        help="Write the objectives as JUnit XML.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
MarkdownOption = Annotated[
    Path | None,
    typer.Option(
        "--markdown",
        metavar="FILE",
        help="Write the figures as Markdown; - is stdout.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Write a page to look at, as HTML that needs nothing else.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
MetricsOption = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="URL",
        help="The server's page for Prometheus, a path on its REST port or a URL: tells where time goes."
        "  [default: /monitoring/prometheus/metrics]",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True)
class BenchResultOptions:
    """What is made of the figures."""

    compare: CompareOption = None
    slo: SloOption = None
    save: SaveOption = None
    baseline: BaselineOption = None
    junit: JunitOption = None
    markdown: MarkdownOption = None
    report: ReportOption = None
    metrics: MetricsOption = None

    def checked(self, plan: BenchPlan, *, as_json: bool) -> BenchResults:
        """What is to be done, before anything is measured.

        Raises:
            UsageError: an option makes no sense, alone or with another.
            NotFoundError: there is no such baseline.
        """
        from tfsctl.bench.comparing.side import plans_for
        from tfsctl.bench.objectives.slo import check_levels, parse_objectives
        from tfsctl.bench.report.saved import load, saved_path
        from tfsctl.cli._bench.page import check_page_path
        from tfsctl.cli._bench.results import STDOUT, BenchResults

        if self.compare is not None and (self.save or self.baseline):
            other = "--save" if self.save else "--baseline"
            raise UsageError(f"--compare has two reports, and {other} is about one.")
        if as_json and self.markdown == STDOUT:
            raise UsageError("--json and --markdown - both want stdout.", hint="Name a file: --markdown FILE.")
        objectives = parse_objectives(self.slo or ())
        check_levels(objectives, plan.all_levels)
        if self.save is not None:
            saved_path(self.save)
        if self.report is not None:
            check_page_path(self.report)
        return BenchResults(
            plan=plan,
            sides=None if self.compare is None else plans_for(plan, *self.compare),
            names=self.compare or ("", ""),
            objectives=objectives,
            save_as=self.save,
            baseline=None if self.baseline is None else (self.baseline, load(self.baseline)),
            junit=self.junit,
            markdown=self.markdown,
            page=self.report,
        )


class BenchCommand(Command):
    """A command whose `--slo` takes as many limits as follow it: `--slo 'p99<20ms' 'errors<0.1%'`."""

    def parse_args(self, ctx: AnyContext, args: list[str]) -> list[str]:
        """Parse after `--slo` was put before each further limit."""
        return super().parse_args(ctx, list(_with_slo_repeated(args)))


def _with_slo_repeated(args: Iterable[str]) -> Iterator[str]:
    """What follows a limit and has a comparison in it is one more: no model's name has."""
    is_value = is_limit = False
    for arg in args:
        if is_limit and not arg.startswith("-") and ("<" in arg or ">" in arg):
            yield "--slo"
        else:
            is_limit = is_value or arg.startswith("--slo=")
        is_value = arg == "--slo"
        yield arg
