"""HTTP: targets, fields and whole requests, good and bad."""

from __future__ import annotations

import gzip
import zlib
from urllib.parse import quote

from hypothesis import strategies as st

from fuzz.models import MODELS
from fuzz.mutation import families

_BODY = b'{"instances": [1.0, 2.0, 5.0]}'
_METHODS = (*("GET", "POST") * 5, "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "PRI", "BREW")
_NAMES = (
    *(
        "half_plus_two",
        "examples",
        "identity_string",
        "nobody",
        "x" * 300,
        "m" * 5000,
        "a%2Fb",
        "%00",
        "%ff",
        "%",
        "%zz",
    ),
    *("ä", "a b", "..", ".", "", "versions", "metadata", "models", "%F0%9F%98%80", "+", "a+b", "';--", "<b>", "a\\b"),
)
_WHICH = (
    *(
        "",
        "",
        "",
        "/versions/1",
        "/versions/7",
        "/versions/01",
        "/versions/-1",
        "/versions/1.0",
        "/versions/",
        "/versions",
    ),
    *("/versions/9223372036854775807", "/versions/9223372036854775808", "/versions/" + "9" * 5000, "/versions/٣"),
    *("/labels/stable", "/labels/canary", "/labels/", "/labels/%61", "/labels/a%3Ab", "/labels/stable/versions/1"),
)
_ENDS = (
    *(":predict", ":classify", ":regress", "", "/metadata", ":PREDICT", "/METADATA", ":explain", ":", "/", ":predict/"),
    *(":predict?x=1", "?x", "#f", "/metadata?", ":predict:predict", "//", "/metadata/"),
)
_GOOD_TARGETS = (
    *("/v1/models/half_plus_two:predict", "/v1/models/half_plus_two/versions/1:predict", "/v1/models/half_plus_two"),
    *("/v1/models/half_plus_two/labels/stable:predict", "/v1/models/half_plus_two/metadata", "/v1/models/x%2Fy"),
)
_ROOTS = (
    "/v1/models/",
    "/v1/models/",
    "/v1/models/",
    "/V1/MODELS/",
    "/v1/models",
    "/v1/",
    "/v1",
    "/v2/models/",
    "//v1/models/",
)
_OTHERS = (
    *(
        "/",
        "*",
        "",
        "/livez",
        "/readyz",
        "/v1/models",
        "/monitoring/prometheus/metrics",
        "/monitoring/prometheus/metrics?a",
    ),
    *(
        "http://host/v1/models/half_plus_two",
        "http://host:99999/v1/models",
        "https://[::1]/v1/models",
        "///",
        "/%2e%2e/etc/passwd",
    ),
    *("/v1/models/" + "a/" * 2000, "/" + "x" * 70_000, "/favicon.ico", "/v1/models/half_plus_two:predict HTTP/1.1"),
)
_VALUES = st.one_of(
    st.sampled_from(
        ["", "gzip", "my_gzip", "GZIP", "gzip, br", "identity", "*/*", "*;q=0", "gzip;q=0", "gzip;q=x", "close"]
    ),
    st.sampled_from(["keep-alive", "upgrade", "http://a", "https://b", "null", "application/json", "text/plain; a=b"]),
    st.sampled_from(["100-continue", "200-ok", "h2c", "127.0.0.1", "bytes=0-1", "\x7f", "\xe9", "a\tb", "x" * 9000]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
)
_FIELD_NAMES = st.one_of(
    st.sampled_from(
        ["Content-Encoding", "Accept-Encoding", "Origin", "Content-Type", "Accept", "Host", "Range", "Date"]
    ),
    st.sampled_from(
        ["Connection", "Expect", "Upgrade", "Keep-Alive", "Authorization", "Cookie", "X-Forwarded-For", "TE"]
    ),
    st.text("abcXYZ-_!#$%&'*+.^`|~09", min_size=1, max_size=12),
)
_GOOD_FIELDS = [
    ("Content-Encoding", "gzip"),
    ("Accept-Encoding", "gzip"),
    ("Origin", "http://a"),
    ("Connection", "close"),
]
_FIELDS = st.lists(st.one_of(st.sampled_from(_GOOD_FIELDS), st.tuples(_FIELD_NAMES, _VALUES)), max_size=3)
_PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20)
_TARGETS = st.one_of(
    st.sampled_from(_GOOD_TARGETS),
    st.sampled_from(_GOOD_TARGETS),
    st.tuples(*map(st.sampled_from, (_ROOTS, [*_NAMES, *MODELS], _WHICH, _ENDS))).map("".join),
    st.tuples(*map(st.sampled_from, (_ROOTS, [*_NAMES, *MODELS], _WHICH, _ENDS))).map("".join),
    st.sampled_from(_OTHERS),
    st.tuples(st.sampled_from(_ROOTS), _PRINTABLE, st.sampled_from(_ENDS)).map("".join),
    # Made up anew each time, and long: what keeps them grows.
    st.integers(0, 10**9).map(lambda number: f"/v1/models/{number:050000d}"),
    st.text(max_size=20).map(lambda name: f"/v1/models/{quote(name, safe='')}"),
)


def _bomb() -> bytes:
    """A kilobyte that says it is a hundred bytes, and becomes a megabyte."""
    return gzip.compress(bytes(2**20))[:-4] + (100).to_bytes(4, "little")


BODIES = (
    _BODY,
    _BODY,
    b"",
    b"{}",
    b"\0",
    gzip.compress(_BODY),
    gzip.compress(_BODY)[:-1],
    gzip.compress(_BODY) * 2,
    gzip.compress(_BODY) + b"x",
    zlib.compress(_BODY),
    _bomb(),
    b"\x1f\x8b" + bytes(100),
    b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 30,
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes]:
    """The method, and a request whose body has the length that it says; everything else may be wrong."""
    method = draw(st.sampled_from(_METHODS))
    lines = [f"{method} {draw(_TARGETS)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in draw(_FIELDS)]
    body = draw(st.sampled_from(BODIES))
    lines.append(f"Content-Length: {len(body)}")
    return method, "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


_PIECES = (
    *(
        b"GET /v1/models/half_plus_two HTTP/1.1\r\n",
        b"POST /v1/models/half_plus_two:predict HTTP/1.1\r\n",
        b"HTTP/1.0\r\n",
    ),
    *(
        b"Content-Length: 5\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
    ),
    *(
        b"Content-Length: 5, 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Host: \r\n",
    ),
    *(
        b"Transfer-Encoding: identity\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close\r\n",
        b"Connection: keep-alive\r\n",
    ),
    *(
        b"Upgrade: h2c\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"1;ext\r\nx\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ),
    *(
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b" folded\r\n",
        b"X: " + b"y" * 5000 + b"\r\n",
        b"\r\n\r\n",
        b"\n\n",
        b"\r",
        b":\r\n",
    ),
)


@st.composite
def _conversation(draw: st.DrawFn) -> bytes:
    """Requests behind each other, by length or in chunks, and lines in between that may make sense."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 3))
        if kind == 0:
            parts.append(b"".join(draw(_PIECE_LISTS)))
            continue
        method = b"GET" if kind == 1 else b"POST"
        target = draw(st.sampled_from([b"/v1/models/half_plus_two", b"/v1/models/half_plus_two:predict", b"/"]))
        version = draw(st.sampled_from([b"1.1", b"1.1", b"1.1", b"1.0", b"0.9", b"2.0"]))
        head = method + b" " + target + b" HTTP/" + version + b"\r\nHost: a\r\n" + b"".join(draw(_PIECE_LISTS))
        if kind == 2:
            parts.append(head + b"Content-Length: %d\r\n\r\n" % len(_BODY) + _BODY)
        elif kind == 3:
            size = draw(st.integers(1, 30))
            chunks = [_BODY[start : start + size] for start in range(0, len(_BODY), size)]
            parts.append(head + b"Transfer-Encoding: chunked\r\n\r\n")
            parts.extend(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
            parts.append(b"0\r\n\r\n")
        else:
            parts.append(head + b"\r\n")
    return b"".join(parts)


_USUAL = (b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Upgrade: h2c\r\n")
_PIECE_LISTS = st.lists(st.one_of(*[st.sampled_from(_USUAL)] * 3, st.sampled_from(_PIECES)), max_size=2)
conversations = families(_conversation(), 3, pieces=_PIECES)
