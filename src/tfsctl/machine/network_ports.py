"""Whether the ports that a server opens are free."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable, Iterator

from tfsctl.machine.condition import Condition, State

_FLAGS = {8500: ("gRPC", "--port"), 8501: ("REST", "--rest-api-port")}


def default_ports(holder_of: Callable[[int], str | None]) -> Iterator[Condition]:
    """Those that are opened where nobody asks for others."""
    for port in _FLAGS:
        yield port_condition(port, holder_of)


def port_condition(port: int, holder_of: Callable[[int], str | None]) -> Condition:
    """Whether a server could listen on a port of 127.0.0.1."""
    api, flag = _FLAGS.get(port, ("", "--port"))
    name, subject = f"port.{port}", f"Port {port}"
    error = _bind(port)
    if error is None:
        return Condition(name, subject, State.OK, f"free ({api})" if api else "free")
    if error.errno != errno.EADDRINUSE:
        return Condition(name, subject, State.WARNING, f"{error.strerror}", f"Choose another: {flag} 0 takes any.")
    holder = holder_of(port)
    remedy = f"Stop that, or serve elsewhere: {flag} 0 takes a free port."
    if holder is None:
        return Condition(name, subject, State.WARNING, "in use; this user may not see by whom", remedy)
    return Condition(name, subject, State.WARNING, f"held by {holder}", remedy)


def _bind(port: int) -> OSError | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1)
        except OSError as error:
            return error
    return None
