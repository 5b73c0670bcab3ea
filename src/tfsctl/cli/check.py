"""`tfsctl check`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.check import Report

app = new_app()

_DEFAULT = "models"

WhatArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WHAT",
        help="A base path, a directory of such, NAME=PATH, a model config file; or a command that runs a server, in"
        " quotes or after `--`.  [default: models]",
    ),
]
TagsOption = Annotated[
    str, typer.Option("--saved-model-tags", metavar="TAGS", help="The tags of the graph that the server loads.")
]
ForVersionOption = Annotated[
    str,
    typer.Option(
        "--for-version",
        metavar="VERSION",
        help="The server's TensorFlow, as 2.11.  [default: the one installed here, or the image's tag]",
    ),
]
StrictFlag = Annotated[bool, typer.Option("--strict", help="Warnings and security findings make it fail too.")]
ListFlag = Annotated[bool, typer.Option("--list", help="List everything that is looked for, by id.")]
ExplainOption = Annotated[
    str | None, typer.Option("--explain", metavar="ID", help="Tell all about one kind of finding.")
]


@command(app, is_brief=True)
def check(
    console: Console,
    what: WhatArgument = None,
    *,
    saved_model_tags: TagsOption = "serve",
    for_version: ForVersionOption = "",
    strict: StrictFlag = False,
    list_: ListFlag = False,
    explain: ExplainOption = None,
) -> None:
    """Explain what a server would do with a path, and what is wrong with it.

    Takes what a server would be given: a base path, a model config file, a `docker run` command. Nothing is started or
    changed. Each finding has an id, says what shows it and why it matters, and how to put it right. Ends with status 1
    if something would not be served. With --quiet it writes a line for each finding, as compilers do.

    Examples:
      tfsctl check
      tfsctl check models/half_plus_two --for-version 2.11
      tfsctl check models.config --strict
      tfsctl check "docker run -p 8501:8501 -v $PWD/models:/models tensorflow/serving"
      tfsctl check --explain no-version-directory
    """
    if list_ or explain is not None:
        _show_kinds(console, explain)
        return
    from tfsctl.check import CheckOptions, check_arguments

    options = CheckOptions(tags=_tags(saved_model_tags), tensorflow_version=_version(for_version))
    report = check_arguments(what or [_DEFAULT], options=options)
    if console.as_json:
        from tfsctl.cli._check.json import report_as_json

        console.show_json(report_as_json(report))
    else:
        from tfsctl.cli._check.text import show_report

        show_report(report, console)
    if _has_failed(report, strict=strict):
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


def _has_failed(report: Report, *, strict: bool) -> bool:
    from tfsctl.check import Severity

    bad = {Severity.ERROR, Severity.SECURITY, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.severity in bad for finding in report.findings)


def _tags(text: str) -> tuple[str, ...]:
    return tuple(tag for tag in text.split(",") if tag)


def _version(text: str) -> str:
    from tfsctl.check.tensorflow_version import parse_release

    if text and parse_release(text) is None:
        raise UsageError(f"Invalid value for --for-version: '{text}' is not a version such as 2.11.")
    return text


def _show_kinds(console: Console, kind_id: str | None) -> None:
    from tfsctl.check import KINDS

    if kind_id is not None and kind_id not in KINDS:
        nearest = get_close_matches(kind_id, KINDS, n=1)
        hint = f"Did you mean {nearest[0]}?" if nearest else "`tfsctl check --list` shows all."
        raise UsageError(f"There is no kind of finding called '{kind_id}'.", hint=hint)
    if console.as_json:
        from tfsctl.cli._check.json import kind_as_json

        found = kind_as_json(KINDS[kind_id]) if kind_id else [kind_as_json(kind) for kind in KINDS.values()]
        console.show_json(found)
        return
    from tfsctl.cli._check.text import show_kind, show_list

    if kind_id is None:
        show_list(console)
    else:
        show_kind(KINDS[kind_id], console)
