"""`tfsctl ps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console

if TYPE_CHECKING:
    from tfsctl.cli._serve.servers import StartedServer

app = new_app()

AllFlag = Annotated[bool, typer.Option("--all", "-a", help="Servers too that have exited.")]
_UNITS = (("d", 86400), ("h", 3600), ("m", 60))


@command(app, is_brief=True)
def ps(console: Console, *, all_: AllFlag = False) -> None:
    """List the servers that run in the background, here and in containers.

    A server that ended without being stopped is listed with --all, for a week or until its name is used again:
    `tfsctl logs` says why it ended. With --quiet only names are written.

    Examples:
      tfsctl ps
      tfsctl ps -a --json
    """
    from tfsctl.background import StateDirectory
    from tfsctl.cli._serve.servers import started_servers

    StateDirectory().forget_old()
    servers = [server for server in started_servers() if all_ or server.is_live]
    if console.as_json:
        console.show_json({"servers": [server.to_json() for server in servers]})
    elif console.quiet:
        for server in servers:
            console.show(server.name)
    elif servers:
        columns = ("name", "pid", "grpc", "rest", "models", "state", "age")
        console.show_table(columns, [_row(server) for server in servers], shorten="models")
    else:
        console.say("No server runs in the background. Start one: tfsctl serve --detach")


def _row(server: StartedServer) -> tuple[str, ...]:
    number = server.id if server.kind == "process" else server.kind
    models = ", ".join(server.models) or "-"
    return server.name, number, server.grpc or "-", _short(server.rest), models, server.state, age(server.age_seconds)


def _short(rest: str | None) -> str:
    """Without the scheme that one expects."""
    return (rest or "-").removeprefix("http://")


def age(seconds: float) -> str:
    """`3d`, `2h`, `5m` or `40s`: how long ago, in one unit."""
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
