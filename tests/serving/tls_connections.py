"""Connections over TLS to HTTP servers of the test's own."""

from __future__ import annotations

import ssl

from serving.certificates import authority
from serving.http_calls import RawConnection, get
from tfsctl.serving.http.server import HttpServer


def tls() -> ssl.SSLContext:
    return authority().server_context()


def connected(server: HttpServer, context: ssl.SSLContext | None = None) -> RawConnection:
    return RawConnection(server.port, ssl_context=context or authority().client_context())


def still_answers(server: HttpServer, context: ssl.SSLContext | None = None) -> bool:
    with connected(server, context) as connection:
        return connection.ask(get("/")).status == 200
