"""From what gRPC says to our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc

from tfsctl.client.probing import probe_protocol
from tfsctl.client.rest_errors import START_A_SERVER, speaks_tls
from tfsctl.errors import DeadlineExceededError, TfsctlError, UnavailableError, UnimplementedError, error_for

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_REST_PORT = "This port speaks HTTP/1: use --rest, or the server's gRPC port (8500 unless told otherwise)."
_OTHER_SERVER = "It speaks gRPC, but is it TensorFlow Serving? That has its gRPC port at 8500 unless told otherwise."
_NO_SUCH_METHOD = "Method not found!"  # Python's grpcio, of a method it does not have; C++ sends no text.
_PROBE_WAIT_SECONDS = 0.5
# How grpcio's own texts begin when no server was reached; a server that says UNAVAILABLE has words of its own.
_NOT_REACHED = ("failed to connect to all addresses", "errors resolving", "DNS resolution failed")


@contextmanager
def mapped_errors(address: ServerAddress, timeout_seconds: float) -> Iterator[None]:
    """Turn the exceptions of grpcio into ours."""
    try:
        yield
    except grpc.RpcError as error:
        raise error_from_call(address, error, timeout_seconds) from error


def error_from_call(address: ServerAddress, error: grpc.RpcError, timeout_seconds: float) -> TfsctlError:
    """The error that a failed call means: the server's own words where it is the server that refused."""
    code: int = error.code().value[0]
    details = str(error.details() or "")
    found = error_for(code, details or f"{address} gave no reason.")
    if isinstance(found, DeadlineExceededError) and details in {"", "Deadline Exceeded"}:
        return DeadlineExceededError(f"No answer from {address} within {timeout_seconds:g} s.")
    if isinstance(found, UnavailableError) and (not details or any(text in details for text in _NOT_REACHED)):
        return _unreachable(address, details)
    if isinstance(found, UnimplementedError) and details in {"", _NO_SUCH_METHOD}:
        return UnimplementedError(f"{address} does not know this call.", hint=_OTHER_SERVER)
    return found


def _unreachable(address: ServerAddress, details: str) -> UnavailableError:
    if address.secure:
        from tfsctl.client.tls_errors import find_tls_failure

        failure = find_tls_failure(address)
        if failure is not None:
            return failure
    spoken = probe_protocol(address, timeout_seconds=_PROBE_WAIT_SECONDS)
    if spoken == "tls":
        return speaks_tls(address)
    if spoken == "rest":
        return UnavailableError(f"What answers at {address} does not speak gRPC.", hint=_REST_PORT)
    # The reason stands last: `…; last error: UNKNOWN: ipv4:127.0.0.1:8500: …: Connection refused`.
    reason = details.rsplit(": ", 1)[-1].rstrip("].") or "no connection"
    return UnavailableError(f"No server answers over gRPC at {address}: {reason}.", hint=START_A_SERVER)
