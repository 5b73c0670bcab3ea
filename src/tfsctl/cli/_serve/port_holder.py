"""Who holds the port that a server could not have."""

from __future__ import annotations

import re

from tfsctl.errors import ServerStartError

_TAKEN = re.compile(r"Cannot listen on .*:(\d+): (?:Address already in use|.*\b10048\b|Only one usage)")


def with_port_holder(error: ServerStartError) -> ServerStartError:
    """The same error; if a port was taken its hint begins with the name of whoever holds it, if that may be seen."""
    match = _TAKEN.match(error.message)
    holder = holder_of(int(match[1])) if match is not None else None
    if holder is None:
        return error
    return ServerStartError(error.message, hint=f"It is held by {holder}.\n{error.hint or ''}".rstrip())


def holder_of(port: int) -> str | None:
    """Who listens on a TCP port: a server of ours by its name, a container's too, else the process; None if unknown."""
    from tfsctl.background import port_holder
    from tfsctl.cli._serve.servers import started_servers

    holder = port_holder(port)
    if holder is not None and holder.server is not None:
        return str(holder)
    for server in started_servers():
        if server.entry is None and server.is_live and _has_port(server.grpc, server.rest, port):
            return f"tfsctl server {server.name} (container {server.id})"
    return str(holder) if holder is not None else None


def _has_port(grpc: str | None, rest: str | None, port: int) -> bool:
    return any(place is not None and place.endswith(f":{port}") for place in (grpc, rest))
