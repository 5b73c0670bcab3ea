"""The two addresses of one server that `tfsctl verify` asks."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tfsctl.cli._client_options import ServerOptions
from tfsctl.cli._frame.console import Console
from tfsctl.errors import UnavailableError

if TYPE_CHECKING:
    from tfsctl.client import Client

RestServerOption = Annotated[
    str | None,
    typer.Option("--rest-server", metavar="HOST:PORT", help="Where the server speaks REST.", rich_help_panel="Server"),
]
GrpcServerOption = Annotated[
    str | None,
    typer.Option("--grpc-server", metavar="HOST:PORT", help="Where the server speaks gRPC.", rich_help_panel="Server"),
]
Protocol = Literal["rest", "grpc"]


@dataclass(frozen=True)
class BothServerOptions(ServerOptions):
    """A server's addresses for both protocols."""

    rest_server: RestServerOption = None
    grpc_server: GrpcServerOption = None

    def open_all(self, console: Console, stack: ExitStack) -> dict[str, Client]:
        """A client for each protocol that is wanted and whose address is known; closed with the stack.

        Without a port in `--server` that is both, on their usual ports, unless one is asked for. An address with a port
        has one protocol; the other one's address has to be given too, or it is left out.
        """
        given: dict[Protocol, str | None] = {"rest": self.rest_server, "grpc": self.grpc_server}
        wanted: tuple[Protocol, ...] = ("rest", "grpc") if self.protocol is None else (self.protocol,)
        clients: dict[str, Client] = {}
        for protocol in wanted:
            if given[protocol] is not None:
                clients[protocol] = self._client(given[protocol], protocol, console, stack)
        if self._is_one_port:
            client = stack.enter_context(self.open(console))
            clients.setdefault(str(client.address.protocol), client)
        elif not clients or self.server is not None:
            for protocol in wanted:
                if protocol not in clients:
                    clients[protocol] = self._client(self.server, protocol, console, stack)
        left_out = [protocol for protocol in wanted if protocol not in clients]
        for protocol in left_out:
            console.say(f"{_TITLES[protocol]} is left out: its address is not known (--{protocol}-server).")
        return clients

    @property
    def _is_one_port(self) -> bool:
        """Whether `--server` says where one protocol is spoken, rather than only on which machine."""
        from tfsctl.client import parse_server

        if self.server is None:
            return False
        address = parse_server(self.server)
        return address.port is not None or address.socket is not None

    def _client(self, server: str | None, protocol: Protocol, console: Console, stack: ExitStack) -> Client:
        one = replace(self, server=server, rest=protocol == "rest")
        return stack.enter_context(one.open(console))


_TITLES = {"rest": "REST", "grpc": "gRPC"}


def with_advice(error: UnavailableError, clients: dict[str, Client]) -> UnavailableError:
    """The error of a server that does not answer, with a hint how to do without one of two protocols."""
    if len(clients) > 1:
        error.hint = " ".join(filter(None, [error.hint, "--rest or --grpc asks over one protocol alone."]))
    return error
