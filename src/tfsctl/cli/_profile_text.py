"""A profile for people."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console
    from tfsctl.profile import OpTime, ProfileReport, StageTime

_NARROWEST_NAME = 12
_GAP = 2


def show_report(console: Console, report: ProfileReport, *, top: int) -> None:
    """Write the stages and the `top` operations as tables, and what to know about them."""
    console.show(_summary(report) + "\n")
    rows = _aligned([_stage_row(stage) for stage in (*report.stages, report.total)])
    console.show_table(("stage", "mean", "p50", "p99", "share"), rows)
    if report.ops and top:
        console.show("")
        _show_ops(console, report.ops[:top])
        if len(report.ops) > top:
            console.show(f"… and {len(report.ops) - top} more operations: --top {len(report.ops)}")
    for note in report.notes:
        console.show(f"\nNote: {note}")


def _summary(report: ProfileReport) -> str:
    versions = " and ".join(map(str, report.versions))
    which = f"{report.model or 'All models'}{f' version {versions}' if versions and report.model else ''}"
    failed = f", {report.num_failed} of them failed" if report.num_failed else ""
    refused = f"; {report.num_refused} more were refused" if report.num_refused else ""
    seen = f"{which} at {report.server}: {report.num_requests} requests in {report.seconds:.3g} s{failed}{refused}"
    load = report.load
    if load is None:
        return seen
    return f"{seen}\n{load.concurrency} in flight over {load.protocol}, {load.throughput:.1f} answers/s"


def _stage_row(stage: StageTime) -> tuple[str, ...]:
    times = (stage.mean_ms, stage.p50_ms, stage.p99_ms)
    return (stage.name, *("-" if ms is None else f"{ms:.3f} ms" for ms in times), f"{stage.share:.1%}")


def _show_ops(console: Console, ops: Sequence[OpTime]) -> None:
    columns = ("operation", "calls", "total", "mean", "share", "name")
    rows = _aligned([_op_row(op) for op in ops], last=1)
    if console.writes_to_terminal:
        taken = sum(max(len(columns[i]), *(len(row[i]) for row in rows)) + _GAP for i in range(len(columns) - 1))
        room = max(_NARROWEST_NAME, shutil.get_terminal_size().columns - taken)
        rows = [(*row[:-1], _tail(row[-1], room)) for row in rows]
    console.show_table(columns, rows)


def _op_row(op: OpTime) -> tuple[str, ...]:
    return (op.type, str(op.num_calls), f"{op.self_ms:.3f} ms", f"{op.mean_ms:.3f} ms", f"{op.share:.1%}", op.name)


def _tail(name: str, width: int) -> str:
    """What tells operations apart stands at the end of their names."""
    return name if len(name) <= width else "…" + name[1 - width :]


def _aligned(rows: Sequence[tuple[str, ...]], *, last: int = 0) -> list[tuple[str, ...]]:
    """With figures to the right in their columns: all but the first and the `last`."""
    end = len(rows[0]) - last
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        tuple(c.rjust(w) if 0 < i < end else c for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
