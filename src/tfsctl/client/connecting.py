"""From what the user wrote to a client: which server, which protocol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tfsctl.client.address import GRPC_PORT, ServerAddress, WireProtocol, parse_server
from tfsctl.client.client import DEFAULT_TIMEOUT_SECONDS, Client
from tfsctl.client.probing import is_reachable, probe_protocol
from tfsctl.client.rest_errors import speaks_tls
from tfsctl.client.tls_files import TlsFiles
from tfsctl.errors import UsageError

_DEFAULT_PORT_WAIT_SECONDS = 0.2
_GIVEN_PORT_WAIT_SECONDS = 1.0


def connect(
    server: str | None = None,
    *,
    protocol: WireProtocol | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ca_file: str | Path | None = None,
    cert_file: str | Path | None = None,
    key_file: str | Path | None = None,
) -> Client:
    """A client for `server`: HOST, HOST:PORT, http(s)://…, grpc(s)://…, unix:PATH, by default this machine.

    Ports left out are 8500 (gRPC) and 8501 (REST). Where the protocol is not said:

    - without a port it is gRPC if something accepts a connection at 8500 within 0.2 s, else REST;
    - with a port or a socket, that is asked: an HTTP/2 greeting tells gRPC from REST at once. A port that does not
      answer is taken for what it usually is, 8500 for gRPC and any other for REST.

    With any of the three files, in PEM form, the connection is made over TLS: `ca_file` has the authorities to trust
    instead of the usual ones, `cert_file` and `key_file` are this client's own, for servers that want to see one.

    No request is sent: whether the server answers shows at the first call.

    Raises:
        UsageError: `server` cannot be read, or is a URL of the other protocol; a file is not what it should be.
        UnavailableError: the server speaks TLS, and `server` does not say so.
    """
    if not timeout_seconds > 0:  # Not a number is no time either.
        raise UsageError(f"A timeout of {timeout_seconds:g} s leaves no time for an answer.")
    files = TlsFiles(*(Path(path) if path is not None else None for path in (ca_file, cert_file, key_file)))
    files.check()
    address = parse_server(server).with_tls(files)
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

    return GrpcClient(address, timeout_seconds=timeout_seconds)


def _find_protocol(address: ServerAddress) -> WireProtocol:
    if address.port is None and address.socket is None:
        grpc_address = replace(address, port=GRPC_PORT)
        reachable = is_reachable(grpc_address, timeout_seconds=_DEFAULT_PORT_WAIT_SECONDS)
        return "grpc" if reachable else "rest"
    found = probe_protocol(address, timeout_seconds=_GIVEN_PORT_WAIT_SECONDS)
    if found == "tls":
        raise speaks_tls(address)
    return found or ("grpc" if address.port in {GRPC_PORT, None} else "rest")
