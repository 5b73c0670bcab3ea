"""Every command that the documentation shows is one that the command line takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from docs.documents import CommandLine, commands_in, inline_commands, pages, shell_commands
from tfsctl.cli import _app
from tfsctl.cli._frame.command import Invocation
from tfsctl.errors import TfsctlError

_ROOT = typer.main.get_command(_app._app)
# Words of prose that stand for a part of a command.
_PLACEHOLDERS = ("…", "...", "COMMAND")


def problem(words: tuple[str, ...], *, is_whole: bool) -> str:
    """What the command line would say against these words, "" if nothing; of a part only the names are looked at."""
    try:
        context = _ROOT.make_context("tfsctl", [], obj=Invocation())
        command: Any = _ROOT
        rest = list(words)
        while hasattr(command, "list_commands"):
            name = next((word for word in rest if not word.startswith("-")), None)
            if name is None or name in _PLACEHOLDERS:
                return "" if {*rest} <= _own_options(command, context) | {*_PLACEHOLDERS} else f"No such option: {rest}"
            found = command.get_command(context, name)
            if found is None:
                return f"No such command: {name}"
            rest.remove(name)
            context = typer.Context(found, parent=context, info_name=name)
            command = found
        return _parse(command, rest, context) if is_whole else _unknown_options(command, rest, context)
    except TfsctlError as error:
        return error.message


def _parse(command: Any, words: list[str], context: Any) -> str:
    """Have the command itself read its words."""
    if "--help" in words or "-h" in words:
        return _unknown_options(command, words, context)
    try:
        command.make_context(context.info_name, words, parent=context.parent)
    except TfsctlError:
        raise
    except Exception as error:  # noqa: BLE001 (typer's own, which have moved between its releases)
        return str(getattr(error, "message", None) or error)
    return ""


def _unknown_options(command: Any, words: list[str], context: Any) -> str:
    known = _own_options(command, context)
    given = [word.partition("=")[0] for word in words if word.startswith("-") and word.strip("-")]
    unknown = [name for name in given if name.replace("_", "-") not in known]
    return f"No such option: {', '.join(unknown)}" if unknown else ""


def _own_options(command: Any, context: Any) -> set[str]:
    return {name for p in command.get_params(context) for name in (*p.opts, *p.secondary_opts)}


def _shown(path: Path) -> str:
    return path.name if path.parent.name != "samples" else f"samples/{path.name}"


@pytest.mark.parametrize("path", pages(), ids=_shown)
def test_a_command_in_a_block_is_one_that_the_command_line_takes(path: Path) -> None:
    """Or, where the page shows a mistake, one that is refused in just these words."""
    found = {line: problem(line.words, is_whole=True) for line in shell_commands(path)}
    assert {str(line): why for line, why in found.items() if why and why != line.error} == {}


@pytest.mark.parametrize("path", pages(), ids=_shown)
def test_a_command_between_backticks_has_names_that_exist(path: Path) -> None:
    wrong = {str(line): why for line in inline_commands(path) if (why := problem(line.words, is_whole=False))}
    assert not wrong


@pytest.mark.parametrize(
    "words",
    [("serv",), ("serve", "--prot", "1"), ("label", "sett", "m"), ("predict", "--timeout-seconds", "soon")],
    ids=" ".join,
)
def test_a_slip_is_noticed(words: tuple[str, ...]) -> None:
    assert problem(words, is_whole=True)


def test_commands_are_found_in_a_line_for_a_shell() -> None:
    line = "A=1 tfsctl ps -q | xargs tfsctl stop && tfsctl predict m '[1, 2]' 2> log  # tfsctl's own"
    assert list(commands_in(line)) == [("ps", "-q"), ("predict", "m", "[1, 2]")]


def test_there_are_commands_to_look_at() -> None:
    found: list[CommandLine] = [line for path in pages() for line in shell_commands(path)]
    assert len(found) > 100
