"""`tfsctl serve --detach`: a server that goes on when the command ends."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsctl.cli._frame.console import Console
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.cli._serve.flags import ServeFlags

_PANEL = "Background"
DetachFlag = Annotated[
    bool,
    typer.Option(
        "--detach",
        help="Serve in the background: return once the server is ready, or has failed.",
        rich_help_panel=_PANEL,
        allow_from_autoenv=False,
    ),
]
NameOption = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="NAME",
        help="What `tfsctl ps`, `logs`, `stop` and `wait` call it.  [default: the last part of its only PATH, or"
        " tfsctl]",
        show_default=False,
        rich_help_panel=_PANEL,
        allow_from_autoenv=False,
    ),
]


def serve_detached(console: Console, paths: Sequence[str], flags: ServeFlags, *, name: str, detach: bool) -> None:
    """Start a server of its own session, say what it serves and where, and leave it running.

    Raises what `tfsctl.background.start` raises, ServerStartError with the server's own words among it.
    """
    if not detach:
        raise UsageError("--name goes with --detach: only a server in the background needs one.")
    from tfsctl.background import start
    from tfsctl.cli._serve.announcement import announcement_lines
    from tfsctl.cli._serve.server_process import terminated_like_interrupted

    talk = ["--quiet"] if console.quiet else ["--verbose"] * console.verbosity
    with terminated_like_interrupted():
        entry, announced = start(
            [*talk, *arguments(paths, flags)],
            name=name or None,
            default_name=default_name(paths, flags),
            command=shlex.join(_short_command(paths, flags)),
        )
    announced = {"name": entry.name, "pid": entry.pid, "log": str(entry.log), **announced}
    if console.as_json:
        console.show_json(announced)
    for line in announcement_lines(announced, how_to_stop=f"`tfsctl stop {entry.name}` stops"):
        console.say(line)


def arguments(paths: Sequence[str], flags: ServeFlags) -> list[str]:
    """What `tfsctl` is called with: every flag, so that neither settings nor variables are asked again."""
    return ["serve", *(_option(field.name, getattr(flags, field.name)) for field in _fields(flags)), "--", *paths]


def default_name(paths: Sequence[str], flags: ServeFlags) -> str:
    """What a server is called whose user does not care: as its only model, else `tfsctl`."""
    if flags.model_name:
        return flags.model_name
    if len(paths) != 1 or flags.model_config_file:
        return "tfsctl"
    path = paths[0].rstrip("/\\")
    model, equals, _ = path.partition("=")
    return (model if equals else Path(path).name) or "tfsctl"


def _short_command(paths: Sequence[str], flags: ServeFlags) -> list[str]:
    """What a person would have typed."""
    changed = [(field.name, getattr(flags, field.name)) for field in _fields(flags) if _is_changed(field, flags)]
    return ["tfsctl", "serve", *paths, *(_option(name, value) for name, value in changed)]


def _fields(flags: ServeFlags) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(flags) if field.name != "version"]


def _is_changed(field: dataclasses.Field[Any], flags: ServeFlags) -> bool:
    return bool(getattr(flags, field.name) != field.default)


def _option(name: str, value: Any) -> str:
    dashed = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{dashed}" if value else f"--no-{dashed}"
    if name in {"port", "rest_api_port"} and value < 0:
        return f"--{dashed}=off"
    return f"--{dashed}={value}"
