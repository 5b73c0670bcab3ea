"""§1.3: headers, encodings, the connection."""

from __future__ import annotations

import gzip
from functools import partial

from conformance.case import ConnectionCase, RestCase
from conformance.cases.pages import BAD_REQUEST, NOT_FOUND, ONE, STATUS, TWO_AND_A_HALF, html

_PREDICT = "/v1/models/half_plus_two:predict"
_HEAD = f"POST {_PREDICT} HTTP/1.1\r\nHost: test\r\n".encode()
_BODY = ONE.encode()
_LENGTH = b"Content-Length: %d\r\n" % len(_BODY)
_GZIP = gzip.compress(_BODY, mtime=0)
_MIB = 1024 * 1024
_MANY = '{"instances": [' + ", ".join(["1.0"] * 1000) + "]}"
_EMPTY = "JSON Parse error: The document is empty"

_case = partial(RestCase, section="1.3", target=_PREDICT)
_ok = partial(_case, body=ONE, json=TWO_AND_A_HALF)
_connection = partial(ConnectionCase, section="1.3")
_gzipped = partial(_case, headers=("Content-Encoding: gzip",))
_emptied = partial(_gzipped, status=400, error=_EMPTY)


def _padded(size: int) -> bytes:
    """A request of `size` bytes, most of them spaces, and much smaller when compressed."""
    return gzip.compress(b" " * (size - len(_BODY)) + _BODY, compresslevel=1, mtime=0)


CASES = (
    # The JSON handler.
    _ok(what="content type of an answer", reply_headers={"content-type": "application/json"}),
    _case(
        what="content type of an error",
        body="{",
        status=400,
        starts='{\n    "error": "',
        reply_headers={"content-type": "application/json"},
    ),
    _ok(what="date and length", reply_headers={"date": "…", "content-length": "…", "connection": None}),
    RestCase(
        section="1.3",
        what="content type of status",
        method="GET",
        target="/v1/models/half_plus_two",
        json=STATUS,
        reply_headers={"content-type": "application/json"},
    ),
    RestCase(
        section="1.3",
        what="content type of metadata",
        method="GET",
        target="/v1/models/half_plus_two/metadata",
        reply_headers={"content-type": "application/json"},
    ),
    # Pages of libevent.
    RestCase(
        section="1.3",
        what="html page",
        method="GET",
        target="/",
        status=404,
        text=NOT_FOUND,
        reply_headers={"content-type": "text/html", "connection": "close", "content-length": "…"},
    ),
    RestCase(
        section="1.3",
        what="html page of a bad target",
        method="GET",
        target="/a|b",
        status=400,
        text=BAD_REQUEST,
        reply_headers={"content-type": "text/html", "connection": "close"},
    ),
    _connection(
        what="html page ends the connection",
        sends=(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n",),
        answers=((404, None),),
        ends=True,
    ),
    # What the request says of itself.
    _ok(what="content type is ignored", headers=("Content-Type: text/plain",)),
    _ok(what="form is json", headers=("Content-Type: application/x-www-form-urlencoded",)),
    _ok(what="xml is json", headers=("Content-Type: application/xml; charset=utf-16",)),
    _ok(
        what="answers of less than a kibibyte are never compressed",
        headers=("Accept-Encoding: gzip",),
        reply_headers={"content-encoding": None},
    ),
    _case(
        what="larger answers are compressed where the client asks",
        difference="gzip answers",
        headers=("Accept-Encoding: gzip",),
        body=_MANY,
        reply_headers={"content-encoding": "gzip"},
    ),
    _case(
        what="larger answers are not compressed where it does not",
        body=_MANY,
        starts='{\n    "predictions": [2.5, 2.5, ',
        reply_headers={"content-encoding": None},
    ),
    _connection(
        what="chunked body",
        sends=(
            _HEAD
            + b"Transfer-Encoding: chunked\r\n\r\n5\r\n"
            + _BODY[:5]
            + b"\r\n%x\r\n" % len(_BODY[5:])
            + _BODY[5:]
            + b"\r\n0\r\n\r\n",
        ),
        answers=((200, TWO_AND_A_HALF),),
    ),
    _connection(
        what="bad chunk",
        sends=(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",),
        answers=((413, None),),
        ends=True,
    ),
    _connection(
        what="keep alive",
        sends=(_HEAD + _LENGTH + b"\r\n" + _BODY,) * 2,
        answers=((200, TWO_AND_A_HALF),) * 2,
    ),
    _connection(
        what="two requests at once",
        sends=((_HEAD + _LENGTH + b"\r\n" + _BODY) * 2,),
        answers=((200, TWO_AND_A_HALF),) * 2,
    ),
    _connection(
        what="an error keeps the connection",
        sends=(_HEAD + b"Content-Length: 1\r\n\r\n{", _HEAD + _LENGTH + b"\r\n" + _BODY),
        answers=((400, None), (200, TWO_AND_A_HALF)),
    ),
    _connection(
        what="expect 100 continue",
        sends=(_HEAD + _LENGTH + b"Expect: 100-continue\r\n\r\n", _BODY),
        answers=((100, None), (200, TWO_AND_A_HALF)),
    ),
    _connection(
        what="other expectation",
        sends=(_HEAD + _LENGTH + b"Expect: the-moon\r\n\r\n",),
        answers=((417, None),),
    ),
    _case(
        what="too large a head",
        difference="limits",
        body=ONE,
        headers=("X: " + "x" * 70_000,),
        status=431,
        text=html(431, "Client Error"),
    ),
    # Compressed requests.
    _gzipped(what="gzip", body=_GZIP, json=TWO_AND_A_HALF),
    _ok(what="gzip as part of a word", body=_GZIP, headers=("Content-Encoding: my_gzip",)),
    _ok(what="gzip in a list", body=_GZIP, headers=("Content-Encoding: identity, gzip",)),
    _ok(what="identity", headers=("Content-Encoding: identity",)),
    _ok(what="deflate is not unpacked", headers=("Content-Encoding: deflate",)),
    _case(
        what="gzip in capitals is not unpacked",
        body=_GZIP,
        headers=("Content-Encoding: GZIP",),
        status=400,
        error="JSON Parse error: Invalid value. at offset: 0",
    ),
    _emptied(what="no gzip at all", body=ONE),
    _emptied(what="gzip cut short", body=_GZIP[:-1]),
    _emptied(what="gzip with a bad checksum", body=_GZIP[:-8] + bytes(4) + _GZIP[-4:]),
    _emptied(what="gzip with a wrong size", body=_GZIP[:-4] + bytes(4)),
    _emptied(what="gzip and more bytes", body=_GZIP + b"more"),
    _emptied(what="gzip of two members", body=_GZIP + _GZIP),
    _emptied(what="gzip of nothing", body=gzip.compress(b"", mtime=0)),
    _gzipped(what="gzip of 100 MiB", body=lambda: _padded(100 * _MIB), json=TWO_AND_A_HALF),
    _emptied(what="gzip of more than 100 MiB", body=lambda: _padded(100 * _MIB + 1)),
)
