"""`tfsctl stop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.completed_names import background_servers
from tfsctl.cli._frame.console import Console
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.cli._serve.servers import StartedServer

app = new_app()

# The server itself gives running requests 30 seconds.
_TIMEOUT_SECONDS = 40.0

NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME", help="Servers; may be left out where exactly one runs.", autocompletion=background_servers
    ),
]
AllFlag = Annotated[bool, typer.Option("--all", help="Stop all of them.", allow_from_autoenv=False)]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", min=0.0, help="How long it may take, before it is killed.")
]


@command(app, is_brief=True)
def stop(
    console: Console, names: NamesArgument = None, *, all_: AllFlag = False, timeout: TimeoutOption = _TIMEOUT_SECONDS
) -> None:
    """Stop servers in the background: running requests finish first.

    What is known of a server goes with it, its log too; that of one that had exited already likewise.

    Examples:
      tfsctl stop
      tfsctl stop digits --timeout 5
      tfsctl stop --all
    """
    if names and all_:
        raise UsageError("Give NAMEs or --all, not both.")
    servers = _chosen(names or [], all_=all_)
    if not servers:
        console.say("No server runs in the background.")
    was_live = [_stop(console, server, timeout) for server in servers]
    if console.as_json:
        stopped = [{"name": server.name, "was_running": live} for server, live in zip(servers, was_live, strict=True)]
        console.show_json({"stopped": stopped})


def _chosen(names: list[str], *, all_: bool) -> list[StartedServer]:
    from tfsctl.cli._serve.servers import find_server, named, started_servers

    if not names and not all_:
        return [find_server(None)]
    servers = [server for server in started_servers() if server.state != "elsewhere"]
    return servers if all_ else [named(servers, name) for name in dict.fromkeys(names)]


def _stop(console: Console, server: StartedServer, timeout: float) -> bool:
    """Stop one and say so; returns whether it ran."""
    if server.entry is None:
        from tfsctl.container import stop as stop_container

        stop_container(server.name, timeout_seconds=timeout)
        was_live = server.is_live
    else:
        from tfsctl.background import stop as stop_process

        was_live = stop_process(
            server.entry,
            timeout_seconds=timeout,
            on_kill=lambda: console.warn(f"{server.name} did not end within {timeout:g} s: killed."),
        )
    console.say(f"Stopped {server.name}." if was_live else f"{server.name} had ended already; forgotten now.")
    return was_live
