"""Wait until a server is ready."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import replace

from tfsctl.background.server_entry import ServerEntry, ServerState
from tfsctl.background.state_directory import StateDirectory
from tfsctl.client.address import GRPC_PORT, ServerAddress, parse_server
from tfsctl.client.probing import is_tls, probe_protocol
from tfsctl.client.sockets import open_socket
from tfsctl.errors import DeadlineExceededError, NotFoundError, ServerStartError, UnavailableError

_PROBE_SECONDS = 2.0
_WAKE_SECONDS = 0.1
_UNAVAILABLE = 503


def wait_for_server(name: str, *, timeout_seconds: float, state: StateDirectory | None = None) -> ServerEntry:
    """Wait until a server in the background is ready, and return it.

    Raises:
        NotFoundError: there is none of that name.
        ServerStartError: it ended before it was ready.
        UnavailableError: it was ready before, and has ended.
        DeadlineExceededError: it is not ready after `timeout_seconds`.
    """
    state = state or StateDirectory()
    first = state.entry(name)
    if first is None:
        raise NotFoundError(f"No server named {name}.", hint="`tfsctl ps -a` lists all.")

    last = first

    def serves() -> bool:
        nonlocal last
        entry = state.entry(name)
        if entry is None or entry.state() is ServerState.EXITED:
            raise _ended(last if entry is None else entry)
        last = entry
        return entry.is_ready and _serves(entry)

    _wait(serves, name, timeout_seconds)
    return last


def wait_for_address(server: str | None, *, timeout_seconds: float) -> None:
    """Wait until the server at an address is ready: it answers, and says so where it can tell.

    TensorFlow Serving opens its ports when its models are loaded, so that its answering is all there is to wait for.

    Raises:
        UsageError: `server` is no address.
        DeadlineExceededError: it is not ready after `timeout_seconds`.
    """
    address = parse_server(server)
    if address.port is None and address.socket is None:
        address = replace(address, port=GRPC_PORT)
    _wait(lambda: is_ready(address), str(address), timeout_seconds)


def is_ready(address: ServerAddress) -> bool:
    """Whether a server answers at an address whose port is known, and does not say that it is not ready."""
    if address.secure:
        return is_tls(address, timeout_seconds=_PROBE_SECONDS)  # Whom it is signed by does not matter here.
    is_rest = address.protocol == "rest"
    protocol = "rest" if is_rest else probe_protocol(address, timeout_seconds=_PROBE_SECONDS)
    if protocol == "rest":
        return _readyz_status(address) not in {None, _UNAVAILABLE}
    return protocol is not None


def _serves(entry: ServerEntry) -> bool:
    """REST tells more than gRPC does without its libraries."""
    where = entry.rest or entry.grpc
    return where is None or is_ready(parse_server(where))


def _readyz_status(address: ServerAddress) -> int | None:
    """The status of `GET /readyz`; None where nobody answers. TensorFlow Serving does not know the page."""
    connection = http.client.HTTPConnection(address.host, address.port or 0)
    try:
        connection.sock = open_socket(address, timeout_seconds=_PROBE_SECONDS)
        connection.request("GET", f"{address.path}/readyz")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _wait(is_ready: Callable[[], bool], what: str, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        if time.monotonic() >= deadline:
            raise DeadlineExceededError(
                f"{what} is not ready after {timeout_seconds:g} s.", hint="`tfsctl status` says which model is missing."
            )
        time.sleep(_WAKE_SECONDS)


def _ended(entry: ServerEntry) -> ServerStartError | UnavailableError:
    if not entry.is_ready:
        return ServerStartError(f"{entry.name} ended before it was ready.")
    return UnavailableError(f"{entry.name} (pid {entry.pid}) has ended.", hint=f"`tfsctl logs {entry.name}` says why.")
