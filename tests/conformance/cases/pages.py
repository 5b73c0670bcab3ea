"""What several sections of the REST cases quote."""

from __future__ import annotations

ONE = '{"instances": [1.0]}'
TWO_AND_A_HALF = '{"predictions": [2.5]}'
STATUS = (
    '{"model_version_status": [{"version": "1", "state": "AVAILABLE", '
    '"status": {"error_code": "OK", "error_message": ""}}]}'
)


def html(status: int, phrase: str) -> str:
    """A page of libevent."""
    return f"<HTML><HEAD>\n<TITLE>{status} {phrase}</TITLE>\n</HEAD><BODY>\n<H1>{phrase}</H1>\n</BODY></HTML>\n"


BAD_REQUEST = html(400, "Bad Request")
NOT_FOUND = html(404, "Not Found")
NOT_IMPLEMENTED = html(501, "Not Implemented")
