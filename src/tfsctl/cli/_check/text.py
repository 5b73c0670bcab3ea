"""The report of `tfsctl check` for people."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.check import Finding, FindingKind, ModelOutlook, Report, VersionOutlook

_STYLES = {"error": "error", "security": "warning", "warning": "warning", "note": "dim"}
_MOST_SIGNATURES = 8
_SYMPTOM, _REASON, _CORRECTION, _EXAMPLE = "What TensorFlow Serving shows", "Why", "What to do", "Example"


def show_report(report: Report, console: Console) -> None:
    """Write what would be served, what was found, and a verdict; only a line for each finding if `--quiet`."""
    if console.quiet:
        for finding in report.findings:
            place = f"{finding.place or report.subject}: "
            console.show(_plain(f"{place}{finding.severity.value}: {finding.message} [{finding.kind.id}]"))
        return
    writer = _Writer(console)
    for model in report.models:
        _show_model(model, writer)
    for finding in report.findings:
        _show_finding(finding, writer)
    if report.corrected_command is not None:
        writer.heading("The corrected command")
        writer.lines(report.corrected_command)
        writer.end()
    writer.text(_verdict(report))
    if not report.would_serve:
        writer.text(f"More: tfsctl check --explain {report.findings[0].kind.id}")


def show_list(console: Console) -> None:
    """Write all kinds of findings, by family."""
    from tfsctl.check import FAMILIES

    writer = _Writer(console)
    for title, kinds in FAMILIES.items():
        writer.heading(title)
        for kind in kinds:
            writer.text(kind.title, start=f"  {kind.id:<27} {kind.severity.value:<8}  ")
        writer.end()


def show_kind(kind: FindingKind, console: Console) -> None:
    """Write all about one kind of finding."""
    writer = _Writer(console)
    writer.heading(f"{kind.id} ({kind.severity.value})")
    writer.text(f"{kind.title}.")
    sections = {_SYMPTOM: kind.symptom, _REASON: kind.reason, _CORRECTION: kind.correction}
    for title, text in sections.items():
        writer.end()
        writer.text(f"{title}:")
        writer.text(text, start="  ")
    writer.end()
    writer.text(f"{_EXAMPLE}:")
    writer.lines(kind.example)


class _Writer:
    """Writes paragraphs that fit a terminal; a pipe gets each on one line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = shutil.get_terminal_size().columns if console.writes_to_terminal else None

    def heading(self, text: str, *, style: str = "heading", rest: str = "") -> None:
        """A line in a style, with a rest that is plain."""
        self._console.show(self._console.styled(_plain(text), style) + _plain(rest))

    def text(self, text: str, *, start: str = "") -> None:
        """A paragraph; `start` stands before its first line, and the others are indented as far."""
        text, start = _plain(text), _plain(start)
        if self._width is None:
            self._console.show(start + text)
            return
        wrapped = textwrap.wrap(
            text, max(20, self._width - len(start)), break_long_words=False, break_on_hyphens=False
        ) or [""]
        self._console.show(start + ("\n" + " " * len(start)).join(wrapped))

    def lines(self, text: str, *, indent: str = "    ") -> None:
        """Lines as they are, to be copied."""
        self._console.show(textwrap.indent(_plain(text), indent))

    def end(self) -> None:
        """An empty line."""
        self._console.show("")


def _show_model(model: ModelOutlook, writer: _Writer) -> None:
    writer.heading(model.name or "(no name)", rest=f"  {model.base_path}")
    writer.text(_would_load(model), start="  ")
    for version in model.versions:
        if len(model.versions) > 1:
            writer.text(f"version {version.version}:", start="  ")
        _show_signatures(version, writer)
    if model.labels:
        labels = ", ".join(f"{label} = {version}" for label, version in model.labels.items())
        writer.text(f"labels: {labels}", start="  ")
    writer.end()


def _would_load(model: ModelOutlook) -> str:
    there = ", ".join(map(str, model.found[:10])) + (", …" if len(model.found) > 10 else "")
    if not model.versions:
        return f"A server would find no version to load (policy: {model.policy})."
    chosen = " and ".join(str(version.version) for version in model.versions)
    verb = "would load" if all(version.is_loadable for version in model.versions) else "would try to load"
    rest = f"; there are {there}" if len(model.found) > len(model.versions) else ""
    return f"A server {verb} version {chosen} (policy: {model.policy}{rest})."


def _show_signatures(version: VersionOutlook, writer: _Writer) -> None:
    shown = version.signatures[:_MOST_SIGNATURES]
    width = max((len(signature.name) for signature in shown), default=0)
    for signature in shown:
        protocols = " and ".join(signature.protocols)
        takes = _tensors(signature.inputs) or "nothing"
        text = f"{protocols}: {takes} -> {_tensors(signature.outputs) or 'nothing'}"
        writer.text(text, start=f"    {signature.name:<{width}}  ")
    if len(version.signatures) > len(shown):
        writer.text(f"and {len(version.signatures) - len(shown)} more signatures", start="    ")


def _tensors(tensors: Mapping[str, str]) -> str:
    return ", ".join(f"{alias} {text}" for alias, text in tensors.items())


def _show_finding(finding: Finding, writer: _Writer) -> None:
    severity = finding.severity.value
    place = f"  {finding.place}" if finding.place else ""
    writer.heading(severity.upper(), style=_STYLES[severity], rest=f"  {finding.kind.id}{place}")
    writer.text(finding.message, start="  ")
    for line in finding.evidence:
        writer.lines(line, indent="    | ")
    writer.text(finding.reason, start="  ")
    if finding.correction:
        writer.text(finding.correction, start="  > ")
    for line in _edits(finding):
        writer.text(line, start="  > ")
    for line in finding.commands:
        writer.lines(line, indent="    ")
    writer.end()


def _edits(finding: Finding) -> Iterator[str]:
    for edit in finding.edits:
        what = f"replace {edit.old} by {edit.new}" if edit.old else f"insert {edit.new.strip()}"
        yield f"In line {edit.line}, column {edit.column}: {what}"


def _verdict(report: Report) -> str:
    counts = Counter(finding.severity.value for finding in report.findings)
    words = {"error": "errors", "security": "security findings", "warning": "warnings", "note": "notes"}
    said = [f"{counts[s]} {_one(s) if counts[s] == 1 else words[s]}" for s in words if counts[s]]
    if report.would_serve:
        return f"It would be served. {_listed(said)}" if said else "It would be served. Nothing was found."
    return f"It would NOT be served. {_listed(said)}"


def _one(severity: str) -> str:
    return "security finding" if severity == "security" else severity


def _listed(words: list[str]) -> str:
    return ", ".join(words) + "."


def _plain(text: str) -> str:
    """Text from files must not steer the terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
