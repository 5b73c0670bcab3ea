"""`tfsctl config`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsctl.cli._frame.command import CommandGroup, command, new_app
from tfsctl.cli._frame.completed_names import commands as command_names
from tfsctl.cli._frame.console import Console
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.cli._frame.effective import EffectiveOption

app = new_app()

CommandArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="COMMAND",
        help="Show every option of this command, the defaults too.  [default: what is set, of all commands]",
        autocompletion=command_names,
    ),
]
OriginFlag = Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")]
AllFlag = Annotated[bool, typer.Option("--all", "-a", help="Show the defaults of all commands too.")]


@app.callback(cls=CommandGroup)
def config() -> None:
    """Show the settings that are in force, and where they come from.

    Examples:
      tfsctl config show --origin
      tfsctl config path
    """


@command(app, is_brief=True)
def show(
    console: Console,
    command_: CommandArgument = None,
    *,
    origin: OriginFlag = False,
    all_: AllFlag = False,
    context: typer.Context,
) -> None:
    """Show what the options of commands are if they are not typed.

    A variable of the environment comes before the project's settings file, and that before your own; what is set
    nowhere has its default. With --json the origins are always told.

    Examples:
      tfsctl config show --origin
      tfsctl config show serve
      tfsctl config show label set --json
    """
    wanted = " ".join(command_ or ())
    options = _options(context, wanted, all_=all_)
    if console.as_json:
        console.show_json({"settings": [option.to_json() for option in options]})
    elif options:
        columns = ["command"] * (not wanted) + ["option", "value"] + ["origin"] * origin
        console.show_table(columns, [_row(option, columns) for option in options])
    else:
        console.say("Nothing is set: every option has its default. `tfsctl config show COMMAND` shows these.")


@command(app, is_brief=True)
def path(console: Console) -> None:
    """Show which settings files are read, the one first that wins.

    Examples:
      tfsctl config path
      tfsctl config path --json
    """
    from tfsctl.cli._frame.settings import project_paths, read_settings, user_path

    found = [file.path for file in read_settings(Path.cwd()).files]
    if console.as_json:
        console.show_json({"files": [str(file) for file in found], "user_file": str(user_path())})
        return
    for file in found:
        console.show(str(file))
    if user_path() not in found:
        console.say(f"Your own settings would be in {user_path()}, which is not there.")
    if not any(file != user_path() for file in found):
        console.say(f"A project's would be in {next(project_paths(Path.cwd()))}, or further up.")


def _options(context: typer.Context, wanted: str, *, all_: bool) -> list[EffectiveOption]:
    from tfsctl.cli._frame.effective import effective_options, general_options, said_to_all

    root: Any = context.find_root()
    settings, names = root.obj.settings, root.command.list_commands(root)
    if not wanted:
        found = [*general_options(root, settings), *effective_options(root, settings, names)]
        return [option for option in said_to_all(found) if all_ or not option.is_default]
    name = wanted.split(maxsplit=1)[0]
    if name not in names:
        raise _no_command(wanted, names)
    found = list(effective_options(root, settings, [name]))
    chosen = [option for option in found if option.command == wanted or option.command.startswith(f"{wanted} ")]
    if not chosen:
        raise _no_command(wanted, sorted({option.command for option in found}))
    return chosen


def _no_command(wanted: str, names: list[str]) -> UsageError:
    from difflib import get_close_matches

    nearest = get_close_matches(wanted, names, n=1)
    hint = f"Did you mean {nearest[0]}?" if nearest else "`tfsctl --help` lists the commands."
    return UsageError(f"No such command: '{wanted}'.", hint=hint)


def _row(option: EffectiveOption, columns: list[str]) -> list[str]:
    cells = {
        "command": option.command or "(all)",
        "option": option.option,
        "value": _value(option),
        "origin": _origin(option),
    }
    return [cells[column] for column in columns]


def _value(option: EffectiveOption) -> str:
    if option.value is None or option.value in ("", []):
        return f"({option.default_text})" if option.default_text else "-"
    return option.value if isinstance(option.value, str) else json.dumps(option.value, ensure_ascii=False)


def _origin(option: EffectiveOption) -> str:
    setting = option.setting
    if setting.path is not None:
        here = Path.cwd()
        shown = setting.path.relative_to(here) if setting.path.is_relative_to(here) else setting.path
        return f"{shown}: {setting.key}"
    return setting.variable or "default"
