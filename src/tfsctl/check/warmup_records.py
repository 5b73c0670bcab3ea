"""Checks the warm-up file of a version with the code that a server replays it by."""

from __future__ import annotations

from collections.abc import Iterator

from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import VersionSubject, word
from tfsctl.errors import TfsctlError

_FILE = "assets.extra/tf_serving_warmup_requests"


def check_warmup_records(subject: VersionSubject) -> Iterator[Finding]:
    """Findings about the version's warm-up file, if it has one."""
    file = subject.path / _FILE
    if not file.exists():
        return
    from tfsctl.warmup import check_warmup_file

    commands = [f"tfsctl warmup make {word(subject.path)} --force"]
    try:
        # What comes from anywhere is looked at here, never run.
        report = check_warmup_file(subject.path, tags=subject.options.tags, settles_doubts=False)
    except TfsctlError as error:
        yield found("warmup-refused", error.message, path=file, commands=commands)
        return
    for problem in report.problems[:1]:  # A server does not look any further.
        record = "" if problem.record is None else f"Record {problem.record}: "
        yield found("warmup-refused", record + problem.message, path=file, commands=commands)
    for doubt in report.doubts[:1]:
        more = len(report.doubts) - 1
        evidence = (f"and {more} more",) if more else ()
        message = f"Record {doubt.record}: {doubt.message}"
        yield found("warmup-doubtful", message, path=file, evidence=evidence, commands=commands)
