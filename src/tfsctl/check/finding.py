"""What a check finds: findings, each of a kind that has a page of documentation, and what a server would do."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class Severity(str, enum.Enum):
    """How bad a finding is, worst first."""

    ERROR = "error"  # Something that was asked for would not be served.
    SECURITY = "security"  # It would be served, and somebody may come to regret it.
    WARNING = "warning"  # It would be served, but perhaps not as was meant, or not everywhere.
    NOTE = "note"  # Good to know.

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingKind:
    """One sort of mistake, as its page of documentation has it.

    Attributes:
        id: Its stable name, in words with dashes.
        severity: How bad it is where nothing more is known.
        title: What is wrong, in a few words.
        symptom: What TF Serving shows then: its own words, or what it does.
        reason: Why that is so, in one or two sentences.
        correction: What to do.
        example: The mistake and its correction as lines of a shell or a file.
    """

    id: str
    severity: Severity
    title: str
    symptom: str
    reason: str
    correction: str
    example: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one place of a text file. `old` stands at `line` and `column`, both from 1; it may be empty."""

    path: Path
    line: int
    column: int
    old: str
    new: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        kind: What sort of thing.
        message: What is there, in one sentence with the names of this case.
        severity: How bad it is here.
        reason: Why that matters here.
        path: The file or directory that shows it, if it is one.
        line: Where in it, from 1; None if that is no question.
        column: Likewise.
        evidence: What else shows it, a line each.
        correction: What to do here, in a sentence; empty if the commands say it all.
        commands: Lines for a shell that put it right, in their order.
        edits: Changes of text files that do.
    """

    kind: FindingKind
    message: str
    severity: Severity
    reason: str
    path: Path | None = None
    line: int | None = None
    column: int | None = None
    evidence: tuple[str, ...] = ()
    correction: str = ""
    commands: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def place(self) -> str:
        """Path, line and column as compilers write them; empty if there is no path."""
        parts = [str(part) for part in (self.path, self.line, self.column) if part is not None]
        return ":".join(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureOutlook:
    """How a signature could be called: `protocols` of `REST` and `gRPC`, none if it cannot be called at all."""

    name: str
    method: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    protocols: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionOutlook:
    """A version that a server would load, or try to."""

    version: int
    path: Path
    is_loadable: bool
    num_bytes: int = 0
    tensorflow_version: str = ""
    signatures: tuple[SignatureOutlook, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelOutlook:
    """What a server would do with one model.

    Attributes:
        name: What clients would call it.
        base_path: Where its versions lie: a path, or a URI.
        policy: The version policy, in words.
        found: The numbers of all versions that are there, newest first.
        versions: Those that would be loaded.
        labels: Its version labels.
    """

    name: str
    base_path: str
    policy: str = "latest"
    found: tuple[int, ...] = ()
    versions: tuple[VersionOutlook, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a server would do, and what is wrong; findings stand worst first.

    Attributes:
        subject: What was checked.
        models: What would be served.
        findings: What was found.
        corrected_command: The command that was checked with everything put right that can be; None if it was none.
    """

    subject: str
    models: tuple[ModelOutlook, ...] = ()
    findings: tuple[Finding, ...] = ()
    corrected_command: str | None = None

    @property
    def would_serve(self) -> bool:
        """Whether everything that was asked for would be served, as far as can be seen."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, otherwise in the order in which they were found; the same finding only once."""
    unique = {(finding.kind.id, finding.place, finding.message): finding for finding in findings}
    return tuple(sorted(unique.values(), key=lambda finding: finding.severity.rank))


def joined(subject: str, reports: Sequence[Report]) -> Report:
    """Several reports as one."""
    return Report(
        subject=subject,
        models=tuple(model for report in reports for model in report.models),
        findings=sorted_findings([finding for report in reports for finding in report.findings]),
    )
