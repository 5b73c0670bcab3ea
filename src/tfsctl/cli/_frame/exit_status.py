"""What the exit status of a command means. Scripts depend on these numbers."""

from __future__ import annotations

import enum

from tfsctl.errors import Code, ServerStartError, TfsctlError, UsageError


class ExitStatus(enum.IntEnum):
    """The exit statuses of all commands."""

    OK = 0
    NEGATIVE_ANSWER = 1  # The question was answered with no: a check failed, an answer differs, a gate was missed.
    USAGE = 2  # The command line or a settings file is wrong; nothing was tried.
    SERVER_NOT_STARTED = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5  # Not reachable, or cannot take the request now.
    DEADLINE = 6
    REFUSED = 7  # The request is invalid and would be refused again.
    FAULT = 8  # Something broke inside the server, or inside tfsctl itself.
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it.


_BY_CODE: dict[Code, ExitStatus] = {
    Code.OK: ExitStatus.OK,
    Code.CANCELLED: ExitStatus.FAULT,
    Code.UNKNOWN: ExitStatus.FAULT,
    Code.INVALID_ARGUMENT: ExitStatus.REFUSED,
    Code.DEADLINE_EXCEEDED: ExitStatus.DEADLINE,
    Code.NOT_FOUND: ExitStatus.NOT_FOUND,
    Code.ALREADY_EXISTS: ExitStatus.REFUSED,
    Code.PERMISSION_DENIED: ExitStatus.REFUSED,
    Code.RESOURCE_EXHAUSTED: ExitStatus.UNAVAILABLE,
    Code.FAILED_PRECONDITION: ExitStatus.REFUSED,
    Code.ABORTED: ExitStatus.FAULT,
    Code.OUT_OF_RANGE: ExitStatus.REFUSED,
    Code.UNIMPLEMENTED: ExitStatus.REFUSED,
    Code.INTERNAL: ExitStatus.FAULT,
    Code.UNAVAILABLE: ExitStatus.UNAVAILABLE,
    Code.DATA_LOSS: ExitStatus.FAULT,
    Code.UNAUTHENTICATED: ExitStatus.REFUSED,
}


def exit_status(error: TfsctlError) -> ExitStatus:
    """The status with which a command ends that failed with `error`."""
    if isinstance(error, UsageError):
        return ExitStatus.USAGE
    if isinstance(error, ServerStartError):
        return ExitStatus.SERVER_NOT_STARTED
    return _BY_CODE[error.code]
