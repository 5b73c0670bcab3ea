"""What is known of one server in the background, as its state file has it."""

from __future__ import annotations

import enum
import json
import platform
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tfsctl.background.process_identity import is_alive


class ServerState(str, enum.Enum):
    """What a server is doing, as far as its process and its file tell."""

    STARTING = "starting"
    RUNNING = "running"
    EXITED = "exited"
    ELSEWHERE = "elsewhere"  # Another machine's that has the same home directory.


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerEntry:
    """A server that was started here.

    Attributes:
        name: What its user calls it.
        pid: Its process; that of the command that starts it until there is one.
        birth: What tells the process from others with that number (`process_identity`).
        command: What was typed to start it, about.
        log: The file that it writes to.
        started: When it was started.
        host: The machine it runs on.
        is_ready: Whether it has said where it listens.
        grpc: Where gRPC is reached, `HOST:PORT` or `unix:PATH`; None where it is off, or not known yet.
        rest: The same for REST, as a URL where it is no socket.
        models: The names of the models it served when it was ready.
    """

    name: str
    pid: int
    birth: str
    command: str
    log: Path
    started: datetime
    host: str = field(default_factory=platform.node)
    is_ready: bool = False
    grpc: str | None = None
    rest: str | None = None
    models: tuple[str, ...] = ()

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return is_alive(self.pid, self.birth)

    def state(self) -> ServerState:
        """What it is doing now."""
        if self.is_alive:
            return ServerState.RUNNING if self.is_ready else ServerState.STARTING
        return ServerState.EXITED if self.host == platform.node() else ServerState.ELSEWHERE

    def to_json(self) -> str:
        """The text of its state file."""
        return json.dumps(asdict(self) | {"log": str(self.log), "started": self.started.isoformat()}, indent=2) + "\n"


def read_entry(text: str) -> ServerEntry:
    """The entry in the text of a state file; raises ValueError, KeyError or TypeError for anything else."""
    values: dict[str, Any] = json.loads(text)
    return ServerEntry(
        **values
        | {
            "pid": int(values["pid"]),
            "log": Path(values["log"]),
            "started": datetime.fromisoformat(values["started"]).astimezone(timezone.utc),
            "models": tuple(values["models"]),
        }
    )
