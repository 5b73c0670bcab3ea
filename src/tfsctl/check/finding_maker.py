"""Makes findings of the kinds in the table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tfsctl.check.finding import Edit, Finding, Severity
from tfsctl.check.kinds import KINDS


def found(  # noqa: PLR0913 (a keyword for each field of a finding)
    kind_id: str,
    message: str,
    *,
    path: Path | None = None,
    position: tuple[int, int] | None = None,
    evidence: Sequence[str] = (),
    correction: str = "",
    commands: Sequence[str] = (),
    edits: Sequence[Edit] = (),
    severity: Severity | None = None,
    reason: str = "",
) -> Finding:
    """A finding of the kind `kind_id`; what is not given is as the kind has it. `position` is a line and a column."""
    kind = KINDS[kind_id]
    line, column = position or (None, None)
    return Finding(
        kind=kind,
        message=message,
        severity=severity or kind.severity,
        reason=reason or kind.reason,
        path=path,
        line=line,
        column=column,
        evidence=tuple(evidence),
        correction=correction or ("" if commands or edits else kind.correction),
        commands=tuple(commands),
        edits=tuple(edits),
    )
