"""From what HTTP says to our errors: statuses, bodies, and connections that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from tfsctl.client.probing import is_tls, probe_protocol
from tfsctl.errors import Code, DeadlineExceededError, TfsctlError, UnavailableError, error_for

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_T = TypeVar("_T")

START_A_SERVER = "Start one with `tfsctl serve`, or name another with --server HOST:PORT."
_OTHER_SERVER = "Another program may have this port; TensorFlow Serving's REST port is 8501 unless told otherwise."
_GRPC_PORT = "This port speaks gRPC: use --grpc, or the server's REST port (8501 unless told otherwise)."
_PROBE_WAIT_SECONDS = 0.5
_HUNG_UP = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)

# The inverse of tensorflow-serving.md §1.2. Where several codes share a status, one that says little stands for them.
CODE_OF_STATUS = {
    400: Code.INVALID_ARGUMENT,
    401: Code.UNAUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    404: Code.NOT_FOUND,
    408: Code.DEADLINE_EXCEEDED,
    409: Code.ABORTED,
    413: Code.INVALID_ARGUMENT,
    429: Code.RESOURCE_EXHAUSTED,
    499: Code.CANCELLED,
    500: Code.INTERNAL,
    501: Code.UNIMPLEMENTED,
    502: Code.UNAVAILABLE,
    503: Code.UNAVAILABLE,
    504: Code.DEADLINE_EXCEEDED,
}
# What gateways before a server say in their own words; with other statuses a foreign body means a foreign server.
_SAID_BY_GATEWAYS = {401, 403, 408, 413, 429, 502, 503, 504}


def error_from_reply(address: ServerAddress, status: int, body: bytes) -> TfsctlError:
    """The error that a reply with a status other than 200 means: TF Serving's text, or that it is another server."""
    message = _message(body)
    code = CODE_OF_STATUS.get(status, Code.INVALID_ARGUMENT if 400 < status < 500 else Code.INTERNAL)
    if message is not None:
        return error_for(code, message)
    if not body and status == 400:
        # tensorflow-serving.md §1.4: a version that overflows int64 is answered with an empty body.
        return error_for(code, "The server found the request malformed and did not say why.")
    if status in _SAID_BY_GATEWAYS:
        return error_for(code, f"{address.url} answered with HTTP status {status}.")
    if status == 400 and not address.secure and is_tls(address, timeout_seconds=_PROBE_WAIT_SECONDS):
        return speaks_tls(address)  # So servers answer that can tell HTTP from TLS.
    return not_tensorflow_serving(address, f"HTTP status {status} and no error text")


def not_tensorflow_serving(address: ServerAddress, answer: str) -> UnavailableError:
    """The error for an answer that TF Serving would not give; `answer` describes it."""
    return UnavailableError(
        f"What answers at {address.url} is not TensorFlow Serving's REST API: {answer}.", hint=_OTHER_SERVER
    )


def parsed(address: ServerAddress, parse: Callable[[bytes], _T], body: bytes) -> _T:
    """What `parse` makes of the body of an answer; raises UnavailableError where it cannot."""
    try:
        return parse(body)
    except (ValueError, KeyError, TypeError) as error:
        raise not_tensorflow_serving(address, f"an unexpected answer ({error})") from error


def unreachable(address: ServerAddress, reason: str) -> UnavailableError:
    """The error for a server to which there is no connection."""
    return UnavailableError(f"No server answers at {address.url}: {reason}.", hint=START_A_SERVER)


def hung_up(address: ServerAddress) -> UnavailableError:
    """The error for a connection that ended without an answer; asks the port whether it speaks something else."""
    if address.secure:
        from tfsctl.client.tls_errors import find_tls_failure

        failure = find_tls_failure(address)
        if failure is not None:
            return failure
    message = f"The server at {address.url} closed the connection before an answer was complete."
    spoken = probe_protocol(address, timeout_seconds=_PROBE_WAIT_SECONDS)
    if spoken == "grpc":
        return UnavailableError(message, hint=_GRPC_PORT)
    if spoken == "tls":
        return speaks_tls(address)
    return UnavailableError(message, hint="It may be stopping or have crashed: look at its log.")


def speaks_tls(address: ServerAddress) -> UnavailableError:
    """The error for a server that speaks TLS and was asked without."""
    schemes = {"rest": ("https",), "grpc": ("grpcs",)}.get(address.protocol or "", ("https", "grpcs"))
    url = " or ".join(f"{scheme}://{address}" for scheme in schemes)
    hint = f"Write {url}, and --ssl-ca FILE where its certificate is not of a known authority."
    if address.socket is not None:
        hint = "Give the certificate of its authority: --ssl-ca FILE."
    return UnavailableError(f"What answers at {address} speaks TLS.", hint=hint)


def too_late(address: ServerAddress, timeout_seconds: float) -> DeadlineExceededError:
    """The error for a server that is silent for too long."""
    return DeadlineExceededError(f"No answer from {address.url} within {timeout_seconds:g} s.")


@contextmanager
def mapped_errors(address: ServerAddress, timeout_seconds: float) -> Iterator[None]:
    """Turn the exceptions of requests into ours."""
    import requests

    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise unreachable(address, f"no connection within {timeout_seconds:g} s") from error
    except requests.exceptions.Timeout as error:
        raise too_late(address, timeout_seconds) from error
    except requests.exceptions.SSLError as error:
        from tfsctl.client.tls_errors import tls_failure

        raise tls_failure(address, _root_cause(error)) from error
    except requests.exceptions.ConnectionError as error:
        cause = _root_cause(error)
        if isinstance(cause, TimeoutError):
            raise too_late(address, timeout_seconds) from error
        if isinstance(cause, OSError) and not isinstance(cause, _HUNG_UP):
            raise unreachable(address, cause.strerror or str(cause)) from error
        raise hung_up(address) from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise hung_up(address) from error
    except requests.exceptions.RequestException as error:
        raise UnavailableError(f"The request to {address.url} failed: {error}.") from error


def _root_cause(error: BaseException) -> BaseException:
    """The exception at the bottom: requests and urllib3 wrap it in arguments, reasons and causes."""
    for _ in range(10):
        inner = getattr(error, "reason", None) or next(
            (argument for argument in reversed(error.args) if isinstance(argument, BaseException)), None
        )
        following = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
        if following is None:
            return error
        error = following
    return error


def _message(body: bytes) -> str | None:
    """The text of TF Serving's `{"error": …}`; None if the body is something else."""
    try:
        document = json.loads(body.decode(errors="replace"))
    except ValueError:
        return None
    message = document.get("error") if isinstance(document, dict) else None
    return message if isinstance(message, str) else None
