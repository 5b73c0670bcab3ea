"""The servers that were started on this machine and left running: processes and containers in one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfsctl.cli._frame.completed_names import background_servers
from tfsctl.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from tfsctl.background import ServerEntry
    from tfsctl.container import ContainerServer

ServerNameArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="The server's name; may be left out where exactly one runs.",
        autocompletion=background_servers,
    ),
]


@dataclass(frozen=True, slots=True)
class StartedServer:
    """One of them.

    Attributes:
        name: What it is called.
        kind: `process` or `container`.
        id: The number of its process, or the container's id.
        state: `starting`, `running`, `exited` and the like.
        grpc: Where gRPC is reached; None where it is off, or not known yet.
        rest: The same for REST.
        models: The names of its models.
        started: When.
        command: What started it, or the image.
        entry: What else is known of a process.
    """

    name: str
    kind: str
    id: str
    state: str
    grpc: str | None
    rest: str | None
    models: tuple[str, ...]
    started: datetime
    command: str
    entry: ServerEntry | None = None

    @property
    def is_live(self) -> bool:
        """Whether there is something to stop."""
        return self.state not in {"exited", "dead", "created", "elsewhere"}

    @property
    def log(self) -> Path | None:
        """The log of a process."""
        return self.entry.log if self.entry is not None else None

    @property
    def age_seconds(self) -> float:
        """How long ago it was started."""
        return max(0.0, (datetime.now(timezone.utc) - self.started).total_seconds())

    def to_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "name": self.name,
            "kind": self.kind,
            "pid": self.entry.pid if self.entry is not None else None,
            "container": self.id if self.entry is None else None,
            "state": self.state,
            "grpc": self.grpc,
            "rest": self.rest,
            "models": list(self.models),
            "started": self.started.isoformat(),
            "command": self.command,
            "log": str(self.log) if self.log is not None else None,
        }


def started_servers() -> list[StartedServer]:
    """All of them, those that have exited included; processes first."""
    from tfsctl.background import StateDirectory
    from tfsctl.container import list_servers

    processes = [_of_process(entry) for entry in StateDirectory().entries()]
    return processes + [_of_container(server) for server in list_servers()]


def find_server(name: str | None) -> StartedServer:
    """The server of that name, or the only one that runs.

    Raises NotFoundError where there is none, UsageError where there are several.
    """
    servers = started_servers()
    if name is not None:
        return named(servers, name)
    live = [server for server in servers if server.is_live]
    if not live:
        raise NotFoundError("No server runs in the background.", hint="Start one: tfsctl serve --detach")
    if len(live) > 1:
        names = ", ".join(server.name for server in live)
        raise UsageError("Which server? More than one runs.", hint=f"Give one of: {names}.")
    return live[0]


def named(servers: Sequence[StartedServer], name: str) -> StartedServer:
    """The one of that name; NotFoundError where there is none, with the nearest name."""
    for server in servers:
        if server.name == name:
            return server
    from difflib import get_close_matches

    nearest = get_close_matches(name, [server.name for server in servers], n=1)
    hint = f"Did you mean {nearest[0]}?" if nearest else "`tfsctl ps -a` lists all."
    raise NotFoundError(f"No server named {name}.", hint=hint)


def _of_process(entry: ServerEntry) -> StartedServer:
    return StartedServer(
        name=entry.name,
        kind="process",
        id=str(entry.pid),
        state=entry.state().value,
        grpc=entry.grpc,
        rest=entry.rest,
        models=entry.models,
        started=entry.started,
        command=entry.command,
        entry=entry,
    )


def _of_container(server: ContainerServer) -> StartedServer:
    rest = server.ports.get("rest")
    return StartedServer(
        name=server.name,
        kind="container",
        id=server.id,
        state=server.status,
        grpc=server.ports.get("grpc"),
        rest=f"http://{rest}" if rest else None,
        models=server.models,
        started=server.started,
        command=server.image,
    )
