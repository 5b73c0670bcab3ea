"""What a request is answered with, and how that is written as HTTP.

The engine (http/server.py) and what it serves (rest/api.py) share only `RestReply`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import NamedTuple

# The phrases of libevent 2.1.12, which is TF Serving's HTTP server (tensorflow-serving.md §1.2).
_PHRASES = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Time-out",
    409: "Conflict",
    413: "Request Entity Too Large",
    417: "Expectation Failed",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
# What libevent says where it has no phrase of its own, by the first digit.
_CLASS_PHRASES = {1: "Informational", 2: "Success", 3: "Redirection", 4: "Client Error", 5: "Server Error"}
_MAX_KEPT_HEADS = 256


def reason_phrase(status: int) -> str:
    """The phrase of libevent for `status`: `Gateway Time-out` for 504, `Client Error` for 429 and 499."""
    return _PHRASES.get(status) or _CLASS_PHRASES.get(status // 100, "Unknown Status Class")


class RestReply(NamedTuple):
    """A whole answer. `Date`, `Content-Length` and `Connection` are the engine's; `headers` holds what else there is.

    An empty `content_type` writes no such header. `closes` asks the engine to end the connection after this answer.
    `is_steady` tells that answering took about as long as it would for any request to this target with a body of this
    size; where it does not, the next may take much longer (http/dispatch.py).
    A named tuple, for it is made once per request and costs a quarter of a frozen dataclass.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    closes: bool = False
    is_steady: bool = True


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """How a reply is written for the request that it answers.

    Attributes:
        keeps_alive: Whether the connection is kept.
        is_http_1_0: Whether the client spoke HTTP/1.0, which must be told that the connection is kept.
        has_body: False for HEAD: the head alone is sent.
        has_length: False for CONNECT, whose answer has no `Content-Length` (tensorflow-serving.md §14).
    """

    keeps_alive: bool
    is_http_1_0: bool = False
    has_body: bool = True
    has_length: bool = True


class ReplyEncoder:
    """Writes replies as bytes and keeps what repeats. Not thread-safe: one for each event loop."""

    def __init__(self) -> None:
        self._heads: dict[tuple[object, ...], bytes] = {}
        self._date_second = -1
        self._date = b""

    def encode(self, reply: RestReply, form: ReplyForm) -> bytes:
        """The bytes to send, head and body in one piece."""
        status, body, content_type, headers = reply[:4]
        # The form goes in by identity: there are only a few, and they live as long as the program.
        key = (status, content_type, headers, id(form))
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _MAX_KEPT_HEADS:
                self._heads.clear()
            head = self._heads[key] = _encode_head(reply, form)
        second = int(time.time())
        if second != self._date_second:
            self._date_second = second
            self._date = f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
        length = b"Content-Length: %d\r\n\r\n" % len(body) if form.has_length else b"\r\n"
        return b"".join((head, self._date, length, body if form.has_body else b""))


def _encode_head(reply: RestReply, form: ReplyForm) -> bytes:
    """The status line and the headers up to `Date`, in libevent's order and protocol version."""
    lines = [f"HTTP/1.{0 if form.is_http_1_0 else 1} {reply.status} {reason_phrase(reply.status)}"]
    if reply.content_type:
        lines.append(f"Content-Type: {reply.content_type}")
    lines.extend(f"{name}: {value}" for name, value in reply.headers)
    if not form.keeps_alive:
        lines.append("Connection: close")
    elif form.is_http_1_0:
        lines.append("Connection: keep-alive")
    return "".join(line + "\r\n" for line in lines).encode("latin-1")
