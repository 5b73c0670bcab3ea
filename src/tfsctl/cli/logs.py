"""`tfsctl logs`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._serve.servers import ServerNameArgument

if TYPE_CHECKING:
    from tfsctl.cli._serve.servers import StartedServer

app = new_app()

FollowFlag = Annotated[bool, typer.Option("--follow", "-f", help="Go on until the server ends, or Ctrl-C.")]
TailOption = Annotated[
    int | None, typer.Option("--tail", "-n", metavar="N", min=0, help="The last lines only.  [default: all]")
]


@command(app, is_brief=True)
def logs(
    console: Console, name: ServerNameArgument = None, *, follow: FollowFlag = False, tail: TailOption = None
) -> None:
    """Show what a server in the background has written.

    With --json each line is an object of its own.

    Examples:
      tfsctl logs
      tfsctl logs digits --follow --tail 20
    """
    from tfsctl.cli._serve.servers import find_server

    try:
        for line in _lines(find_server(name), follow=follow, num_lines=tail):
            if console.as_json:
                console.show_json({"line": line})
            else:
                console.show(_harmless(line) if console.writes_to_terminal else line)
    except KeyboardInterrupt:
        if not follow:
            raise


def _lines(server: StartedServer, *, follow: bool, num_lines: int | None) -> Iterator[str]:
    entry = server.entry
    if entry is None:
        from tfsctl.container import logs as container_logs

        return container_logs(server.name, follow=follow, num_lines=num_lines)
    from tfsctl.background import log_lines

    return log_lines(entry.log, num_lines=num_lines, is_alive=(lambda: entry.is_alive) if follow else None)


def _harmless(line: str) -> str:
    """What clients sent may stand in a log: it must not steer the terminal."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in line)
