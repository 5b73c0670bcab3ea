"""The options of `tfsctl bench` about the load: how much, how long, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from tfsctl.bench.level import Level

_PANEL = "Load"
# A rate is meant to be kept while a slow answer is awaited.
_CONCURRENCY_OF_RATE = "16"

_NumTests = Annotated[
    int, typer.Option("--num-tests", metavar="N", help="How many requests to send.", rich_help_panel=_PANEL)
]
_Concurrency = Annotated[
    str | None,
    typer.Option(
        "--concurrency",
        metavar="N|LIST|RANGE",
        help="How many requests are in flight at once: 8, 1,2,8, 1:64 (doubled), 8:64:8 (in steps); one level after"
        " another.  [default: 1, with --rate 16]",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_Rate = Annotated[
    str | None,
    typer.Option(
        "--rate",
        metavar="PER_SECOND",
        help="Send at this rate, answered or not; lists and ranges as above.  [default: as answered]",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_Arrivals = Annotated[
    Literal["constant", "poisson"],
    typer.Option("--arrivals", help="With --rate: equal gaps, or chance ones.", rich_help_panel=_PANEL),
]
_Duration = Annotated[
    float | None,
    typer.Option(
        "--duration",
        metavar="SECONDS",
        help="Send for so long instead of --num-tests times.",
        rich_help_panel=_PANEL,
    ),
]
_WarmupSeconds = Annotated[
    float | None,
    typer.Option(
        "--warmup-seconds",
        metavar="SECONDS",
        help="Send for so long before what counts.  [default: one request for each in flight]",
        rich_help_panel=_PANEL,
    ),
]
_Repeats = Annotated[
    int, typer.Option("--repeats", metavar="N", help="Measure all of it so often.", rich_help_panel=_PANEL)
]
_Processes = Annotated[
    int,
    typer.Option(
        "--processes",
        metavar="N",
        help="How many processes send.  [default: as many as it takes]",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
_Connections = Annotated[
    int | None,
    typer.Option(
        "--connections",
        metavar="N",
        help="Over gRPC: how many connections the requests in flight share.  [default: one each]",
        rich_help_panel=_PANEL,
    ),
]
_Gzip = Annotated[
    bool, typer.Option("--gzip", help="Compress requests, and take compressed answers.", rich_help_panel=_PANEL)
]


@dataclass(frozen=True)
class BenchLoadOptions:
    """How hard the server is pressed."""

    num_tests: _NumTests = 1000
    concurrency: _Concurrency = None
    rate: _Rate = None
    arrivals: _Arrivals = "constant"
    duration: _Duration = None
    warmup_seconds: _WarmupSeconds = None
    repeats: _Repeats = 1
    processes: _Processes = 0
    connections: _Connections = None
    gzip: _Gzip = False

    def plan_values(self) -> dict[str, Any]:
        """What they mean for a BenchPlan; UsageError where they cannot be read."""
        return {
            "num_tests": self.num_tests,
            "levels": self._levels(),
            "arrivals": self.arrivals,
            "duration_seconds": self.duration,
            "warmup_seconds": self.warmup_seconds,
            "repeats": self.repeats,
            "processes": self.processes,
            "connections": self.connections,
            "gzip": self.gzip,
        }

    def _levels(self) -> tuple[Level, ...]:
        from tfsctl.bench.ranges import levels_of, parse_concurrency, parse_rate

        concurrency = self.concurrency or ("1" if self.rate is None else _CONCURRENCY_OF_RATE)
        return levels_of(parse_concurrency(concurrency), () if self.rate is None else parse_rate(self.rate))
