"""What `tfsctl verify` found, for people and for scripts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.model_spec import ModelSpec
    from tfsctl.verify import VerifyReport
    from tfsctl.version_path import VersionPath

_MOST_DISAGREEMENTS = 5


def show_report(report: VerifyReport, console: Console, spec: ModelSpec, version: VersionPath) -> None:
    """Write what was found: a line for each output and protocol, the first disagreements, and the verdict."""
    if console.as_json:
        head = {"model": spec.name, "version": spec.version, "path": str(version.path), "is_agreed": report.is_agreed}
        console.show_json({**head, **asdict(report)})
        return
    has_many = len({output.signature for output in report.outputs}) > 1
    columns = ("output", "over", "type", "shape", "values", "differ", "largest", "ulps", "")
    rows = [
        (
            f"{output.signature}: {output.output}" if has_many else output.output,
            _title(output.protocol),
            output.dtype,
            "several" if output.shape is None else str(list(output.shape)),
            output.num_values,
            output.num_different,
            "" if output.largest_difference is None else f"{output.largest_difference:.3g}",
            "" if output.largest_ulps is None else output.largest_ulps,
            "agrees" if output.is_agreed else "DIFFERS",
        )
        for output in report.outputs
    ]
    if rows:
        console.show_table(columns, rows)
    for one in report.disagreements[:_MOST_DISAGREEMENTS]:
        what = f"{one.output}: " if one.output else ""
        console.show(f"{one.case} over {_title(one.protocol)}: {what}{one.problem}")
    if len(report.disagreements) > _MOST_DISAGREEMENTS:
        console.show(f"… and {len(report.disagreements) - _MOST_DISAGREEMENTS} more (--json)")
    _remark(report, console)
    console.show(_verdict(report, spec, version))


def _remark(report: VerifyReport, console: Console) -> None:
    for protocol, reason in report.skipped.items():
        console.warn(f"Not everything was asked over {_title(protocol)}: {reason}")
    if report.num_refused:
        console.warn(f"The SavedModel refuses {report.num_refused} of the {report.num_cases} inputs.")
    if not report.is_repeatable:
        console.warn("The SavedModel itself gives another answer each time: it cannot be verified so.")


def _verdict(report: VerifyReport, spec: ModelSpec, version: VersionPath) -> str:
    inputs = "1 input" if report.num_cases == 1 else f"{report.num_cases} inputs"
    says = "answers as" if report.is_agreed else "does NOT answer as"
    return f"{spec.name}, version {spec.version}, {says} {version.path}: {inputs}"


def _title(protocol: str) -> str:
    return {"rest": "REST", "grpc": "gRPC"}[protocol]
