"""Options that all commands share which ask a server, and how they become a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tfsctl.cli._console import Console
from tfsctl.errors import FailedPreconditionError, NotFoundError, UnimplementedError, UsageError

if TYPE_CHECKING:
    from tfsctl.client import Client

_PANEL = "Server"
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="HOST:PORT",
        help="The server to ask; TFSCTL_SERVER sets it for all commands.  [default: this machine]",
        rich_help_panel=_PANEL,
    ),
]
RestFlag = Annotated[
    bool | None,
    typer.Option(
        "--rest/--grpc",
        help="The protocol to speak.  [default: gRPC where it answers, else REST]",
        rich_help_panel=_PANEL,
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout-seconds", metavar="SECONDS", help="How long to wait for an answer.", rich_help_panel=_PANEL
    ),
]
ModelArgument = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="The model's name; may be left out where the server serves exactly one."),
]
VersionOption = Annotated[
    int | None, typer.Option("--model-version", metavar="N", help="The version.  [default: the newest available]")
]
LabelOption = Annotated[str | None, typer.Option("--version-label", metavar="LABEL", help="The version by its label.")]
DEFAULT_TIMEOUT_SECONDS = 60.0


def open_client(console: Console, server: str | None, rest: bool | None, *, timeout_seconds: float) -> Client:
    """The client that the options ask for; to be used in a `with` statement."""
    from tfsctl.client import connect

    client = connect(server, protocol=chosen_protocol(rest), timeout_seconds=timeout_seconds)
    console.detail(f"Asking {client.address} over {client.address.protocol}.")
    return client


def chosen_protocol(rest: bool | None) -> Literal["rest", "grpc"] | None:
    """What `--rest` (True), `--grpc` (False) or neither asks for."""
    if rest is None:
        return None
    return "rest" if rest else "grpc"


def model_or_only_one(model: str | None, client: Client) -> str:
    """`model`, or the name of the only model that the server serves; UsageError where that is not clear."""
    if model is not None:
        return model
    try:
        names = [summary.name for summary in client.models()]
    except (UnimplementedError, FailedPreconditionError) as error:
        raise UsageError("Which model? This server cannot list its models.", hint="Give the MODEL.") from error
    if not names:
        raise NotFoundError(f"{client.address} serves no model.", hint="Serve one: tfsctl serve PATH")
    if len(names) > 1:
        raise UsageError("Which model? The server serves more than one.", hint=f"Give one of: {', '.join(names)}.")
    return names[0]
