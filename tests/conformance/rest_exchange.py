"""Sends the request of a RestCase, and compares its answer."""

from __future__ import annotations

from conformance.case import RestCase
from conformance.json_values import parse, same
from serving.http_calls import Answer, RawConnection
from tfsctl.codec.json_text import quote

_WITH_BODY = {"POST", "PUT", "PATCH"}


def check_rest(case: RestCase, port: int) -> None:
    """One request to the server on `port`, with the bytes that the case says."""
    with RawConnection(port) as connection:
        answer = connection.ask(_request(case), method=case.method)
    assert answer.status == case.status, answer
    assert case.phrase in {None, answer.reason}
    _check_body(case, answer)
    for name, value in case.reply_headers.items():
        if value == "…":
            assert name in answer.headers, name
        else:
            assert answer.headers.get(name) == value, name


def _request(case: RestCase) -> bytes:
    body = case.body() if callable(case.body) else _bytes(case.body)
    lines = [f"{case.method} {case.target} HTTP/1.1", "Host: test", *case.headers]
    if case.method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body)}")
    return "".join(line + "\r\n" for line in lines).encode("latin-1") + b"\r\n" + body


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _check_body(case: RestCase, answer: Answer) -> None:
    body = answer.body
    if case.error is not None:
        errors = case.error if isinstance(case.error, tuple) else (case.error,)
        assert body in {b'{\n    "error": ' + quote(_bytes(error)) + b"\n}" for error in errors}
        assert answer.headers["content-type"] == "application/json"
    if case.json is not None:
        assert same(parse(body), parse(case.json), is_double=case.is_double), body
    if case.text is not None:
        texts = case.text if isinstance(case.text, tuple) else (case.text,)
        assert body in {_bytes(text) for text in texts}
    assert body.startswith(case.starts.encode())
    for piece in case.contains:
        assert piece.encode() in body, body
