"""Errors as HTTP answers: tensorflow-serving.md §1.2, §1.4."""

from __future__ import annotations

import json

import pytest

from tfsctl.errors import Code, InvalidArgumentError, NotFoundError, error_for
from tfsctl.serving.http.pages import html_page
from tfsctl.serving.http.reply import reason_phrase
from tfsctl.serving.rest.errors import HTTP_STATUS, error_reply, unexpected_reply
from tfsctl.serving.rest.routes import VersionOverflowError

TABLE = {
    "OK": (200, "OK"),
    "CANCELLED": (499, "Client Error"),
    "UNKNOWN": (500, "Internal Server Error"),
    "INVALID_ARGUMENT": (400, "Bad Request"),
    "DEADLINE_EXCEEDED": (504, "Gateway Time-out"),
    "NOT_FOUND": (404, "Not Found"),
    "ALREADY_EXISTS": (409, "Conflict"),
    "PERMISSION_DENIED": (403, "Forbidden"),
    "RESOURCE_EXHAUSTED": (429, "Client Error"),
    "FAILED_PRECONDITION": (400, "Bad Request"),
    "ABORTED": (409, "Conflict"),
    "OUT_OF_RANGE": (400, "Bad Request"),
    "UNIMPLEMENTED": (501, "Not Implemented"),
    "INTERNAL": (500, "Internal Server Error"),
    "UNAVAILABLE": (503, "Service Unavailable"),
    "DATA_LOSS": (500, "Internal Server Error"),
    "UNAUTHENTICATED": (401, "Unauthorized"),
}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_tf_servings_status_and_libevents_phrase(code: Code) -> None:
    status = HTTP_STATUS[code]
    assert (status, reason_phrase(status)) == TABLE[code.name]


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_error_is_answered_with_its_status_and_text(code: Code) -> None:
    reply = error_reply(error_for(code, 'say "why"'))
    assert (reply.status, reply.content_type) == (TABLE[code.name][0], "application/json")
    assert reply.body == b'{\n    "error": "say \\"why\\""\n}'


def test_hint_follows_on_a_line_of_its_own() -> None:
    reply = error_reply(NotFoundError("It is not there.", hint="Look elsewhere."))
    assert json.loads(reply.body) == {"error": "It is not there.\nLook elsewhere."}


def test_version_overflow_has_an_empty_body() -> None:
    reply = error_reply(VersionOverflowError("lost"))
    assert (reply.status, reply.body, reply.content_type) == (400, b"", "application/json")


def test_text_with_bytes_that_are_not_utf8_is_written_as_those_bytes() -> None:
    assert error_reply(InvalidArgumentError("name \udcff")).body == b'{\n    "error": "name \xff"\n}'


def test_unexpected_error_says_little() -> None:
    reply = unexpected_reply()
    assert reply.status == 500
    assert set(json.loads(reply.body)) == {"error"}


def test_page_has_libevents_five_lines() -> None:
    reply = html_page(404)
    assert (reply.status, reply.content_type, reply.closes) == (404, "text/html", True)
    assert reply.body.decode().split("\n") == [
        "<HTML><HEAD>",
        "<TITLE>404 Not Found</TITLE>",
        "</HEAD><BODY>",
        "<H1>Not Found</H1>",
        "</BODY></HTML>",
        "",
    ]


def test_unknown_status_is_named_by_its_class() -> None:
    assert [reason_phrase(status) for status in (418, 599, 299, 799)] == [
        "Client Error",
        "Server Error",
        "Success",
        "Unknown Status Class",
    ]
