"""The report of `tfsctl check` for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsctl.check import Edit, Finding, FindingKind, ModelOutlook, Report


def report_as_json(report: Report) -> dict[str, Any]:
    """A report as plain values; keys are only ever added."""
    return {
        "subject": report.subject,
        "would_serve": report.would_serve,
        "models": [_model(model) for model in report.models],
        "findings": [_finding(finding) for finding in report.findings],
        "corrected_command": report.corrected_command,
    }


def kind_as_json(kind: FindingKind) -> dict[str, Any]:
    """A kind of finding as plain values."""
    return {**asdict(kind), "severity": kind.severity.value}


def _model(model: ModelOutlook) -> dict[str, Any]:
    versions = [{**asdict(version), "path": str(version.path)} for version in model.versions]
    return {**asdict(model), "versions": versions}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.kind.id,
        "severity": finding.severity.value,
        "title": finding.kind.title,
        "message": finding.message,
        "reason": finding.reason,
        "path": str(finding.path) if finding.path is not None else None,
        "line": finding.line,
        "column": finding.column,
        "evidence": list(finding.evidence),
        "correction": finding.correction,
        "commands": list(finding.commands),
        "edits": [_edit(edit) for edit in finding.edits],
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {**asdict(edit), "path": str(edit.path)}
