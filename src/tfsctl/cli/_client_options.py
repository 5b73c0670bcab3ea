"""Options that all commands share which ask a server, and how they become a client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tfsctl.cli._frame.console import Console
from tfsctl.errors import FailedPreconditionError, NotFoundError, UnavailableError, UnimplementedError, UsageError

if TYPE_CHECKING:
    from tfsctl.client import Client

_PANEL = "Server"
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="HOST:PORT",
        help="The server to ask, also as http[s]://…, grpc[s]://… or unix:PATH; TFSCTL_SERVER sets it for all commands."
        "  [default: this machine]",
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
SslCaOption = Annotated[
    Path | None,
    typer.Option(
        "--ssl-ca",
        metavar="FILE",
        help="Speak TLS, and trust the authorities whose certificates stand in this PEM file.",
        rich_help_panel=_PANEL,
    ),
]
SslCertOption = Annotated[
    Path | None,
    typer.Option(
        "--ssl-cert",
        metavar="FILE",
        help="Speak TLS, and show this certificate to a server that asks for one.",
        rich_help_panel=_PANEL,
    ),
]
SslKeyOption = Annotated[
    Path | None,
    typer.Option("--ssl-key", metavar="FILE", help="The key of that certificate.", rich_help_panel=_PANEL),
]
ModelArgument = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="The model's name; may be left out where the server serves exactly one."),
]
VersionOption = Annotated[
    int | None, typer.Option("--model-version", metavar="N", help="The version.  [default: the newest available]")
]
LabelOption = Annotated[str | None, typer.Option("--version-label", metavar="LABEL", help="The version by its label.")]
_GRPC_ALONE = "This is asked over gRPC alone: give the server's gRPC port (8500 unless told otherwise)."
DEFAULT_TIMEOUT_SECONDS = 60.0
_RELOAD_TIMEOUT_SECONDS = 300.0
_BENCH_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class ServerOptions:
    """Whom to ask, and how."""

    server: ServerOption = None
    rest: RestFlag = None
    timeout_seconds: TimeoutOption = DEFAULT_TIMEOUT_SECONDS
    ssl_ca: SslCaOption = None
    ssl_cert: SslCertOption = None
    ssl_key: SslKeyOption = None

    def open(self, console: Console) -> Client:
        """The client that the options ask for; to be used in a `with` statement."""
        return self._open(console, self.protocol)

    @contextmanager
    def open_for_management(self, console: Console) -> Iterator[Client]:
        """The same, for what REST has no request for: gRPC unless REST is insisted on."""
        with self._open(console, self.protocol or "grpc") as client:
            try:
                yield client
            except UnavailableError as error:
                if error.hint and "use --rest" in error.hint:
                    error.hint = _GRPC_ALONE
                raise

    @property
    def protocol(self) -> Literal["rest", "grpc"] | None:
        """What `--rest`, `--grpc` or neither asks for."""
        return chosen_protocol(self.rest)

    def _open(self, console: Console, protocol: Literal["rest", "grpc"] | None) -> Client:
        from tfsctl.client import connect

        client = connect(
            self.server,
            protocol=protocol,
            timeout_seconds=self.timeout_seconds,
            ca_file=self.ssl_ca,
            cert_file=self.ssl_cert,
            key_file=self.ssl_key,
        )
        console.detail(f"Asking {client.address} over {client.address.protocol}.")
        return client


@dataclass(frozen=True)
class BenchServerOptions(ServerOptions):
    """As long as TF Serving's mnist_client waits."""

    timeout_seconds: TimeoutOption = _BENCH_TIMEOUT_SECONDS


@dataclass(frozen=True)
class ReloadServerOptions(ServerOptions):
    """Loading takes its time."""

    timeout_seconds: TimeoutOption = _RELOAD_TIMEOUT_SECONDS


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
