"""Who listens on a port of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil

from tfsctl.background.server_entry import ServerState
from tfsctl.background.state_directory import StateDirectory


@dataclass(frozen=True, slots=True)
class PortHolder:
    """A process that listens: its number and name, and what `tfsctl ps` calls it if it is a server of ours."""

    pid: int
    process: str
    server: str | None = None

    def __str__(self) -> str:
        if self.server is not None:
            return f"tfsctl server {self.server} (pid {self.pid})"
        return f"{self.process} (pid {self.pid})"


def port_holder(port: int, *, state: StateDirectory | None = None) -> PortHolder | None:
    """Who listens on a TCP port, on any address; None where nobody does, or the system does not say who."""
    pid = next((pid for pid, listened in _listening() if listened == port), None)
    if pid is None:
        return None
    entries = (state or StateDirectory()).entries()
    server = next((e.name for e in entries if e.pid == pid and e.state() is ServerState.RUNNING), None)
    try:
        return PortHolder(pid, psutil.Process(pid).name(), server)
    except psutil.Error:
        return None


def _listening() -> Iterator[tuple[int, int]]:
    """Process and port of every listening socket that this user may see."""
    try:
        connections: list[tuple[int | None, Any]] = [(c.pid, c) for c in psutil.net_connections("tcp")]
    except (psutil.AccessDenied, PermissionError):  # macOS tells all at once only to root.
        connections = list(_connections_by_process())
    for pid, connection in connections:
        if pid is not None and connection.status == psutil.CONN_LISTEN:
            yield pid, connection.laddr.port


def _connections_by_process() -> Iterator[tuple[int | None, Any]]:
    for process in psutil.process_iter():
        try:
            found = process.net_connections("tcp")
        except (psutil.Error, OSError):
            continue
        yield from ((process.pid, connection) for connection in found)
