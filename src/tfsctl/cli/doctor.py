"""`tfsctl doctor`."""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._frame.exit_status import ExitStatus

if TYPE_CHECKING:
    from tfsctl.machine import Condition

app = new_app()

_MARKS = {"ok": "ok", "note": "-", "warning": "!", "problem": "X"}
_COLUMN = 21


@command(app, is_brief=True)
def doctor(console: Console) -> None:
    """Look at this machine, and say what would not work here and why.

    Of what does not work (!) or could be there in addition (-) the remedy is told; only what no server could start
    without (X) makes it end with status 1. With --quiet only what would not work is shown.

    Examples:
      tfsctl doctor
      tfsctl doctor --json
    """
    from tfsctl.cli._serve.port_holder import holder_of
    from tfsctl.machine import State, examine

    conditions = examine(holder_of=holder_of)
    is_fit = not any(condition.state is State.PROBLEM for condition in conditions)
    if console.as_json:
        console.show_json({"is_fit": is_fit, "conditions": [asdict(condition) for condition in conditions]})
    else:
        _show(console, [c for c in conditions if not console.quiet or c.state in {State.WARNING, State.PROBLEM}])
    if not is_fit:
        raise typer.Exit(ExitStatus.NEGATIVE_ANSWER)


def _show(console: Console, conditions: list[Condition]) -> None:
    width = shutil.get_terminal_size().columns if console.writes_to_terminal else None
    for condition in conditions:
        console.show(_wrapped(f"{_MARKS[condition.state]:2} {condition.subject:17}", condition.found, width))
        for line in (condition.remedy or "").splitlines():
            console.show(_wrapped("", line, width))


def _wrapped(start: str, text: str, width: int | None) -> str:
    start = f"{start:{_COLUMN}}"
    if width is None:
        return start + text
    wrapped = textwrap.wrap(text, max(20, width - _COLUMN), break_long_words=False, break_on_hyphens=False)
    return start + f"\n{'':{_COLUMN}}".join(wrapped)
