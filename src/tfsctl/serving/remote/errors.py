"""What a store's client library says, in our own terms. Each library has errors of its own; names tell them apart."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from tfsctl.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    TfsctlError,
    UnauthenticatedError,
    UnavailableError,
    UnknownError,
)

# Classes of botocore, google-auth and azure-identity, without importing any of them.
_NO_CREDENTIALS = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "SSOError",
        "ProfileNotFound",
        "DefaultCredentialsError",
        "RefreshError",
        "ClientAuthenticationError",
    }
)
_NOT_REACHED = frozenset(
    {
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ConnectionClosedError",
        "ConnectionError",
        "HTTPClientError",
        "ProxyConnectionError",
        "SSLError",
        "ClientError",  # That of aiohttp; botocore's is translated by s3fs.
        "ServiceRequestError",
        "TransportError",
    }
)
# What S3 answers to credentials that do not hold (any more).
_BAD_CREDENTIALS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"}
)
_MALFORMED = frozenset({"ParamValidationError", "InvalidRegionError", "ValueError"})

_CREDENTIALS_HINT = (
    "Give the server credentials as the store's own tools take them (for S3: AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role)."
    "\nA public bucket needs none: FSSPEC_S3='{\"anon\": true}'"
)
_PERMISSION_HINT = "Its credentials must allow to list the bucket and to read the objects below the base path."
_UNREACHABLE_HINT = "Is the address right (for S3: AWS_ENDPOINT_URL), and can this machine reach it?"


@contextmanager
def remote_errors(uri: str) -> Iterator[None]:
    """Turn whatever a store's client raises inside into what is wrong with `uri`.

    Raises:
        NotFoundError: it is not there.
        PermissionDeniedError: the store forbids it.
        UnauthenticatedError: there are no credentials, or they do not hold.
        UnavailableError: the store does not answer, or not now.
        InvalidArgumentError: the store cannot have such a name.
        UnknownError: anything else.
    """
    try:
        yield
    except TfsctlError:
        raise
    except Exception as error:
        raise to_remote_error(error, uri) from error


def to_remote_error(error: Exception, uri: str) -> TfsctlError:
    """The error that says what `error`, met at `uri`, means."""
    names = {kind.__name__ for kind in type(error).__mro__}
    text = _text(error)
    where = f"{uri}; {text}"
    if names & _NO_CREDENTIALS or _answer_code(error) in _BAD_CREDENTIALS:
        return UnauthenticatedError(where, hint=_CREDENTIALS_HINT)
    if isinstance(error, FileNotFoundError):
        is_said = " " in text  # Some libraries have nothing to say but the name.
        return NotFoundError(f"{uri} not found", hint=text if is_said else "The store has nothing under this name.")
    if isinstance(error, PermissionError):
        return PermissionDeniedError(where, hint=_PERMISSION_HINT)
    if names & _MALFORMED:
        return InvalidArgumentError(where)
    if isinstance(error, OSError) and error.errno in {errno.EIO, errno.EBUSY}:
        return UnavailableError(where, hint="The store answered, but not with what was asked for; it is asked again.")
    if isinstance(error, OSError) or names & _NOT_REACHED or "TimeoutError" in names:
        return UnavailableError(where, hint=_UNREACHABLE_HINT)
    return UnknownError(f"{uri}; {type(error).__name__}: {text}")


def _answer_code(error: Exception) -> str:
    """What an S3 server calls the error, where s3fs has made a system's error of it."""
    answer = getattr(error.__cause__, "response", None)
    return str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""


def _text(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
