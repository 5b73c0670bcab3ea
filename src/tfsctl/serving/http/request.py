"""A request's head: request line and headers, parsed and checked.

llhttp (through httptools) parses, strictly. Only the head goes through it, and only once for equal bytes: a client
that keeps its connection sends the same head again and again, and a lookup costs a tenth of parsing it. Bodies are
framed by http/body.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import httptools

from tfsctl.serving.http.compression import accepts_gzip
from tfsctl.serving.http.reply import ReplyForm

_MAX_KEPT_HEADS = 1024
# Longer heads are parsed each time, so that all that is kept stays within a few MiB.
MAX_KEPT_HEAD_BYTES = 4096
_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]+ HTTP/1\.[01]\r\n")


class HttpRequestError(Exception):
    """A request that cannot be read on: it is answered with `status`, and the connection ends."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class RequestHead:
    """Request line and headers, and what they say about the body and the connection.

    Header names are in lower case; a header that came several times is joined with `, `. `content_length` is 0 where
    there is no body, and -1 for a chunked one. `is_encoded` says that the body must be unpacked, whatever its size
    then; `takes_gzip` that the answer may be compressed. `form` is how it is written if the connection stays,
    `closing_form` if it does not.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    content_length: int
    expects_continue: bool
    keeps_alive: bool
    is_encoded: bool
    takes_gzip: bool
    form: ReplyForm
    closing_form: ReplyForm


def head_parser() -> Callable[[bytes], RequestHead]:
    """`parse_head` with a memory, for heads of at most `MAX_KEPT_HEAD_BYTES`.

    Thread-safe; the heads it returns are shared, and immutable by agreement.
    """
    return lru_cache(_MAX_KEPT_HEADS)(parse_head)


def parse_head(data: bytes) -> RequestHead:
    """Parse everything up to and including the empty line.

    Raises:
        HttpRequestError: 400 for what is not HTTP/1.0 or 1.1; 501 for an unknown method or transfer coding; 417 for an
            expectation other than 100-continue (tensorflow-serving.md §14).
    """
    lines = _HeadLines()
    parser = httptools.HttpRequestParser(lines)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        pass  # CONNECT, and `Upgrade:`, which is not taken up: the request is answered as any other.
    except httptools.HttpParserInvalidMethodError:
        raise HttpRequestError(501 if _REQUEST_LINE.match(data) else 400) from None
    except httptools.HttpParserError:
        raise HttpRequestError(400) from None
    version = parser.get_http_version()
    if not lines.is_complete or version not in {"1.0", "1.1"}:
        raise HttpRequestError(400)
    return _head(parser.get_method().decode("latin-1"), lines, is_http_1_0=version == "1.0")


class _HeadLines:
    """What llhttp calls while it parses."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}
        self.is_complete = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").rstrip(" \t")
        before = self.headers.get(key)
        self.headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        self.is_complete = True


def _head(method: str, lines: _HeadLines, *, is_http_1_0: bool) -> RequestHead:
    headers = lines.headers
    content_length = _content_length(headers)
    # An answer without a length, as CONNECT's, can only be ended by ending the connection.
    keeps_alive = method != "CONNECT" and _keeps_alive(headers, is_http_1_0=is_http_1_0)
    expectation = headers.get("expect", "").lower() if content_length and not is_http_1_0 else ""
    if expectation not in {"", "100-continue"}:
        raise HttpRequestError(417)
    return RequestHead(
        method=method,
        target=lines.target.decode("latin-1"),
        headers=headers,
        content_length=content_length,
        expects_continue=bool(expectation),
        keeps_alive=keeps_alive,
        is_encoded="content-encoding" in headers,
        takes_gzip=method != "HEAD" and accepts_gzip(headers.get("accept-encoding", "")),
        form=_form(method, keeps_alive=True, is_http_1_0=is_http_1_0),
        closing_form=_form(method, keeps_alive=False, is_http_1_0=is_http_1_0),
    )


@lru_cache
def _form(method: str, *, keeps_alive: bool, is_http_1_0: bool) -> ReplyForm:
    """One object for each form there is, so that encoders can tell them by identity."""
    return ReplyForm(
        keeps_alive=keeps_alive,
        is_http_1_0=is_http_1_0,
        has_body=method != "HEAD",
        has_length=method != "CONNECT",
    )


def _content_length(headers: Mapping[str, str]) -> int:
    coding = headers.get("transfer-encoding")
    if coding is None:
        return int(headers.get("content-length") or 0)
    if coding.lower() != "chunked":
        raise HttpRequestError(501)
    return -1


def _keeps_alive(headers: Mapping[str, str], *, is_http_1_0: bool) -> bool:
    options = headers.get("connection", "").lower()
    if "close" in options:
        return False
    if is_http_1_0:
        # A chunked body in HTTP/1.0 is understood, but who sent it may frame what follows otherwise.
        return "keep-alive" in options and "transfer-encoding" not in headers
    return True
