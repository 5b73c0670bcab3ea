"""§1.2: the HTTP status of every canonical code, with its phrase. The server's core fails with the code asked for."""

from __future__ import annotations

from conformance.case import RestCase
from conformance.cases.pages import ONE, TWO_AND_A_HALF

# Phrases of libevent 2.1.12.
_STATUSES = {
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

CASES = (
    RestCase(
        section="1.2",
        what="ok",
        target="/v1/models/half_plus_two:predict",
        body=ONE,
        status=200,
        phrase="OK",
        json=TWO_AND_A_HALF,
    ),
    *(
        RestCase(
            section="1.2",
            what=code.lower(),
            server="codes",
            target=f"/v1/models/{code}:predict",
            body=ONE,
            status=status,
            phrase=phrase,
            error="Some text",
        )
        for code, (status, phrase) in _STATUSES.items()
    ),
    RestCase(
        section="1.2",
        what="a model that runs too long",
        server="short timeout",
        target="/v1/models/slow:predict",
        body='{"inputs": 20.0}',
        status=504,
        phrase="Gateway Time-out",
        starts='{\n    "error": "',
    ),
)
