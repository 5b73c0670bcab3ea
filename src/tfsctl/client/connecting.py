"""From what the user wrote to a client: which server, which protocol."""

from __future__ import annotations

from tfsctl.client.address import GRPC_PORT, REST_PORT, ServerAddress, WireProtocol, parse_server
from tfsctl.client.client import DEFAULT_TIMEOUT_SECONDS, Client
from tfsctl.client.probing import is_reachable, probe_protocol
from tfsctl.errors import UsageError

_DEFAULT_PORT_WAIT_SECONDS = 0.2
_GIVEN_PORT_WAIT_SECONDS = 1.0


def connect(
    server: str | None = None,
    *,
    protocol: WireProtocol | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> Client:
    """A client for `server`: HOST, HOST:PORT, http(s)://…, grpc(s)://…, by default this machine.

    Ports left out are 8500 (gRPC) and 8501 (REST). Where the protocol is not said:

    - without a port it is gRPC if something accepts a connection at 8500 within 0.2 s, else REST;
    - with a port, the port is asked: an HTTP/2 greeting tells gRPC from REST at once. A port that does not answer is
      taken for what it usually is, 8500 for gRPC and any other for REST.

    No request is sent: whether the server answers shows at the first call.

    Raises:
        UsageError: `server` cannot be read, or is a URL of the other protocol.
    """
    if timeout_seconds <= 0:
        raise UsageError(f"A timeout of {timeout_seconds:g} s leaves no time for an answer.")
    address = parse_server(server)
    if protocol is not None and address.protocol not in {None, protocol}:
        raise UsageError(f"{server} is an address for {address.protocol}, but {protocol} was asked for.")
    if address.protocol is None:
        address = address.with_protocol(protocol or _find_protocol(address))
    return client_for(address, timeout_seconds=timeout_seconds)


def client_for(address: ServerAddress, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> Client:
    """The client for an address whose protocol and port are known. Only its own libraries are loaded."""
    if address.protocol == "rest":
        from tfsctl.client.rest_client import RestClient

        return RestClient(address, timeout_seconds=timeout_seconds)
    from tfsctl.client.grpc_client import GrpcClient

    return GrpcClient(
        address, timeout_seconds=timeout_seconds, listing=lambda: _listing_client(address, timeout_seconds)
    )


def _find_protocol(address: ServerAddress) -> WireProtocol:
    if address.port is None:
        reachable = is_reachable(address.host, GRPC_PORT, timeout_seconds=_DEFAULT_PORT_WAIT_SECONDS)
        return "grpc" if reachable else "rest"
    found = probe_protocol(address.host, address.port, timeout_seconds=_GIVEN_PORT_WAIT_SECONDS)
    return found or ("grpc" if address.port == GRPC_PORT else "rest")


def _listing_client(address: ServerAddress, timeout_seconds: float) -> Client | None:
    """The REST client beside a gRPC server at its default port, which can list models; None beside any other."""
    if address.port != GRPC_PORT or address.secure:
        return None
    return client_for(ServerAddress(address.host, REST_PORT, "rest"), timeout_seconds=timeout_seconds)
