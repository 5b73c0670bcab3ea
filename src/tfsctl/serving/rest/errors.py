"""Errors as HTTP answers."""

from __future__ import annotations

from tfsctl.codec.json_tensor import encode_error
from tfsctl.errors import Code, TfsctlError
from tfsctl.serving.http.reply import RestReply
from tfsctl.serving.rest.routes import VersionOverflowError

# tensorflow-serving.md §1.2; any other code is 500.
HTTP_STATUS = {
    Code.OK: 200,
    Code.CANCELLED: 499,
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DATA_LOSS: 500,
    Code.UNAUTHENTICATED: 401,
}


def error_reply(error: TfsctlError) -> RestReply:
    """The JSON answer for an error; a hint follows the text on a line of its own."""
    if isinstance(error, VersionOverflowError):
        return RestReply(HTTP_STATUS[error.code], b"")
    text = f"{error.message}\n{error.hint}" if error.hint else error.message
    return RestReply(HTTP_STATUS.get(error.code, 500), encode_error(text))


def unexpected_reply() -> RestReply:
    """The answer where the server itself is at fault; what happened stands in its log."""
    return RestReply(500, encode_error("Internal error. The server's log says more."))
