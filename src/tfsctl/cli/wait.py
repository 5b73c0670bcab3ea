"""`tfsctl wait`."""

from __future__ import annotations

from typing import Annotated

import typer

from tfsctl.cli._frame.command import command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._serve.servers import ServerNameArgument
from tfsctl.errors import UnavailableError, UsageError

app = new_app()

_TIMEOUT_SECONDS = 60.0

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="HOST:PORT",
        help="Wait for any server, TensorFlow Serving included, by its address.",
        allow_from_autoenv=False,
    ),
]
TimeoutOption = Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0.0, help="How long to wait.")]


@command(app, is_brief=True)
def wait(
    console: Console,
    name: ServerNameArgument = None,
    *,
    server: ServerOption = None,
    timeout: TimeoutOption = _TIMEOUT_SECONDS,
) -> None:
    """Wait until a server is ready: it answers, and each of its models has an available version.

    Ends with status 0 then, 6 when the time is up, 5 if the server has ended, 3 if it ended before it was ready.

    Examples:
      tfsctl wait digits
      tfsctl wait --server 127.0.0.1:8501 --timeout 30
    """
    if name is not None and server is not None:
        raise UsageError("Give a NAME or --server, not both.")
    if server is not None:
        from tfsctl.background import wait_for_address

        wait_for_address(server, timeout_seconds=timeout)
        _tell(console, server)
    else:
        _tell(console, _wait_for_started(name, timeout))


def _wait_for_started(name: str | None, timeout: float) -> str:
    from tfsctl.cli._serve.servers import find_server

    server = find_server(name)
    if server.entry is not None:
        from tfsctl.background import wait_for_server

        wait_for_server(server.name, timeout_seconds=timeout)
    elif not server.is_live:
        raise UnavailableError(f"{server.name} has ended.", hint=f"`tfsctl logs {server.name}` says why.")
    else:
        from tfsctl.background import wait_for_address

        wait_for_address(server.rest or server.grpc, timeout_seconds=timeout)
    return server.name


def _tell(console: Console, name: str) -> None:
    if console.as_json:
        console.show_json({"ready": name})
    else:
        console.say(f"{name} is ready.")
