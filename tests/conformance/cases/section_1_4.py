"""§1.4: the body of an error, and how strings in it are escaped."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase

_TOO_LARGE = "9223372036854775808"


def _escaped(what: str, in_url: str, in_json: str | bytes) -> RestCase:
    """A model with an odd name is not there, and the error quotes the name."""
    name = in_json.encode() if isinstance(in_json, str) else in_json
    return RestCase(
        section="1.4",
        what=what,
        method="GET",
        target=f"/v1/models/{in_url}",
        status=404,
        text=b'{\n    "error": "Could not find any versions of model %s"\n}' % name,
        reply_headers={"content-type": "application/json"},
    )


_overflow = partial(
    RestCase,
    section="1.4",
    status=400,
    text="",
    reply_headers={"content-type": "application/json", "content-length": "0"},
)

CASES = (
    _escaped("plain text", "nobody", "nobody"),
    _escaped("quote", "a%22b", 'a\\"b'),
    _escaped("backslash", "a%5Cb", "a\\\\b"),
    _escaped("backspace", "%08", "\\b"),
    _escaped("form feed", "%0C", "\\f"),
    _escaped("line feed", "%0A", "\\n"),
    _escaped("carriage return", "%0D", "\\r"),
    _escaped("tab", "%09", "\\t"),
    _escaped("other control character", "%01", "\\u0001"),
    _escaped("hexadecimal digits in capitals", "%1F", "\\u001F"),
    _escaped("vertical tab", "%0B", "\\u000B"),
    _escaped("slash is not escaped", "x%2Fy", "x/y"),
    _escaped("delete is not escaped", "%7F", "\x7f"),
    _escaped("angle brackets are not escaped", "%3Cx%3E", "<x>"),
    _escaped("utf-8 as it is", "%C3%A9%E2%82%AC", "é€"),
    _escaped("bytes that are not utf-8 as they are", "x%FFy%80", b"x\xffy\x80"),
    _overflow(
        what="status of a version beyond int64", method="GET", target=f"/v1/models/half_plus_two/versions/{_TOO_LARGE}"
    ),
    _overflow(
        what="metadata of a version beyond int64",
        method="GET",
        target=f"/v1/models/half_plus_two/versions/{_TOO_LARGE}/metadata",
    ),
    _overflow(
        what="predict by a version beyond int64", target=f"/v1/models/half_plus_two/versions/{_TOO_LARGE}:predict"
    ),
    _overflow(
        what="classify by a version beyond int64", target=f"/v1/models/half_plus_two/versions/{_TOO_LARGE}:classify"
    ),
    _overflow(
        what="version of very many digits", method="GET", target="/v1/models/half_plus_two/versions/" + "9" * 1000
    ),
    _overflow(what="version beyond int64 of no model", method="GET", target=f"/v1/models/versions/{_TOO_LARGE}"),
)
