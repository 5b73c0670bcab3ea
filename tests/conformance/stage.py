"""What a scenario acts on: servers of its own, and a client's view of them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serving.grpc_calls import GrpcCalls, connected
from serving.http_calls import Answer, RawConnection, get, post
from tfsctl.core import ManagerState, ServableId, ServableState, ServableStateMonitor
from tfsctl.serving import Server, ServerConfig

WAIT_SECONDS = 30.0


@dataclass
class Stage:
    """Everything made here is stopped when the scenario is over."""

    zoo: Path
    directory: Path
    _closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def serve(self, config: ServerConfig) -> Server:
        """A server, started."""
        return self._closing.enter_context(Server(config))

    def grpc(self, server: Server) -> GrpcCalls:
        """A gRPC channel to a server."""
        return self._closing.enter_context(connected(server.grpc_address))

    def http(self, server: Server) -> RawConnection:
        """An HTTP connection to a server."""
        assert server.rest_port is not None
        return self._closing.enter_context(RawConnection(server.rest_port))

    def get(self, server: Server, target: str) -> Answer:
        """The answer to a GET."""
        return self.http(server).ask(get(target))

    def post(self, server: Server, target: str, body: str) -> Answer:
        """The answer to a POST."""
        return self.http(server).ask(post(target, body.encode()))

    def wait_for(self, server: Server, name: str, version: int, state: ManagerState) -> ServableState:
        """Wait until a version is in a state."""

        def is_reached(monitor: ServableStateMonitor) -> bool:
            current = monitor.state(ServableId(name, version))
            return current is not None and current.state is state

        monitor: Any = server.core._monitor
        assert monitor.wait_for(is_reached, timeout_seconds=WAIT_SECONDS)
        reached: ServableState = monitor.state(ServableId(name, version))
        return reached

    def close(self) -> None:
        """Stop everything."""
        self._closing.close()
