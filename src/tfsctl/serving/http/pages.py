"""The HTML pages of libevent, TF Serving's HTTP server, where no JSON is answered (tensorflow-serving.md §1.3)."""

from __future__ import annotations

from functools import lru_cache

from tfsctl.serving.http.reply import RestReply, reason_phrase


@lru_cache
def html_page(status: int) -> RestReply:
    """The five-line page for an HTTP status; it ends the connection."""
    phrase = reason_phrase(status)
    lines = (
        "<HTML><HEAD>",
        f"<TITLE>{status} {phrase}</TITLE>",
        "</HEAD><BODY>",
        f"<H1>{phrase}</H1>",
        "</BODY></HTML>",
    )
    body = "".join(line + "\n" for line in lines).encode()
    return RestReply(status, body, content_type="text/html", closes=True)
