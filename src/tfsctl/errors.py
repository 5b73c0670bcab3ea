"""Every error that tfsctl raises on purpose, with its canonical code.

    TfsctlError
    ├── CancelledError              CANCELLED
    ├── InvalidArgumentError        INVALID_ARGUMENT
    ├── DeadlineExceededError       DEADLINE_EXCEEDED
    ├── NotFoundError               NOT_FOUND
    ├── AlreadyExistsError          ALREADY_EXISTS
    ├── PermissionDeniedError       PERMISSION_DENIED
    ├── ResourceExhaustedError      RESOURCE_EXHAUSTED
    ├── FailedPreconditionError     FAILED_PRECONDITION
    ├── AbortedError                ABORTED
    ├── OutOfRangeError             OUT_OF_RANGE
    ├── UnimplementedError          UNIMPLEMENTED
    ├── InternalError               INTERNAL
    ├── UnavailableError            UNAVAILABLE
    ├── DataLossError               DATA_LOSS
    ├── UnauthenticatedError        UNAUTHENTICATED
    ├── UnknownError                UNKNOWN
    ├── UsageError                  INVALID_ARGUMENT: the command line itself is wrong
    └── ServerStartError            UNKNOWN: a server could not start

An error is raised once, where it is noticed. Each edge has one table that maps the code: HTTP status
(`serving/rest/errors.py`), gRPC status, exit code (`cli/_frame/exit_status.py`). This module imports nothing of ours.
"""

from __future__ import annotations

import enum
from typing import ClassVar


class Code(enum.IntEnum):
    """The canonical status codes that TensorFlow, gRPC and TF Serving share, with their numbers."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class TfsctlError(Exception):
    """The base of all errors raised on purpose: a code, a message for people, and perhaps a hint what to do."""

    code: ClassVar[Code] = Code.UNKNOWN

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class CancelledError(TfsctlError):
    """The work was given up before it was done, on purpose."""

    code = Code.CANCELLED


class UnknownError(TfsctlError):
    """Something failed and said no more than that."""

    code = Code.UNKNOWN


class InvalidArgumentError(TfsctlError):
    """What was asked is malformed whatever the state of the server."""

    code = Code.INVALID_ARGUMENT


class DeadlineExceededError(TfsctlError):
    """The answer did not come in the time allowed."""

    code = Code.DEADLINE_EXCEEDED


class NotFoundError(TfsctlError):
    """A model, version, file or signature of that name does not exist."""

    code = Code.NOT_FOUND


class AlreadyExistsError(TfsctlError):
    """What was to be created is there already."""

    code = Code.ALREADY_EXISTS


class PermissionDeniedError(TfsctlError):
    """The system does not allow it."""

    code = Code.PERMISSION_DENIED


class ResourceExhaustedError(TfsctlError):
    """Memory, disk, a queue or a quota is full."""

    code = Code.RESOURCE_EXHAUSTED


class FailedPreconditionError(TfsctlError):
    """The request is well-formed, but the system is not in a state to take it."""

    code = Code.FAILED_PRECONDITION


class AbortedError(TfsctlError):
    """The work ran into other work and was stopped."""

    code = Code.ABORTED


class OutOfRangeError(TfsctlError):
    """A value lies beyond what exists."""

    code = Code.OUT_OF_RANGE


class UnimplementedError(TfsctlError):
    """Not supported."""

    code = Code.UNIMPLEMENTED


class InternalError(TfsctlError):
    """A promise inside the system was broken."""

    code = Code.INTERNAL


class UnavailableError(TfsctlError):
    """No answer now: not reachable, starting, or draining. Trying again may help."""

    code = Code.UNAVAILABLE


class DataLossError(TfsctlError):
    """A file is corrupt or truncated."""

    code = Code.DATA_LOSS


class UnauthenticatedError(TfsctlError):
    """The caller did not say who it is, or not credibly."""

    code = Code.UNAUTHENTICATED


class UsageError(InvalidArgumentError):
    """The command line or a configuration file is wrong; nothing was tried."""


class ServerStartError(TfsctlError):
    """A server could not start: port taken, path unreadable, or no model became available."""


_BY_CODE: dict[Code, type[TfsctlError]] = {
    cls.code: cls
    for cls in (
        CancelledError,
        UnknownError,
        InvalidArgumentError,
        DeadlineExceededError,
        NotFoundError,
        AlreadyExistsError,
        PermissionDeniedError,
        ResourceExhaustedError,
        FailedPreconditionError,
        AbortedError,
        OutOfRangeError,
        UnimplementedError,
        InternalError,
        UnavailableError,
        DataLossError,
        UnauthenticatedError,
    )
}


def error_for(code: int, message: str, *, hint: str | None = None) -> TfsctlError:
    """The error for a canonical `code` that came from TensorFlow or gRPC; a number not in the table is UnknownError."""
    try:
        known = Code(code)
    except ValueError:
        known = Code.UNKNOWN
    return _BY_CODE.get(known, UnknownError)(message, hint=hint)
