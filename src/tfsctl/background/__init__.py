"""Servers that `tfsctl serve --detach` started: what is known of them, and how they are stopped.

Each has a file of its own in the user's state directory (`StateDirectory`). A server is alive while the process that
was started is: not another one that has got its number since. What this part knows of the server's process it has from
the system, so that nothing is lost when a server, or the command that started it, is killed.
"""

from __future__ import annotations

from tfsctl.background.log_file import log_lines
from tfsctl.background.port_holder import PortHolder, port_holder
from tfsctl.background.readiness import wait_for_address, wait_for_server
from tfsctl.background.server_entry import ServerEntry, ServerState
from tfsctl.background.starting import start
from tfsctl.background.state_directory import StateDirectory
from tfsctl.background.stopping import stop

__all__ = [
    "PortHolder",
    "ServerEntry",
    "ServerState",
    "StateDirectory",
    "log_lines",
    "port_holder",
    "start",
    "stop",
    "wait_for_address",
    "wait_for_server",
]
