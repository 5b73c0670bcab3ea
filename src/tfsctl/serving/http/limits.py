"""What a client may ask of the HTTP server before it is sent away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpLimits:
    """Sizes in bytes, times in seconds. TF Serving has no such limits; these are too wide to meet honest clients.

    Attributes:
        max_head_bytes: Request line and headers together; more is answered 431.
        max_body_bytes: A request's body as sent; more is answered 413. The default is what gRPC takes too.
        max_pending_bytes: How much of the following requests is read while one is being answered; then reading stops
            until it is.
        max_handshakes: How many TLS handshakes may be under way; one more, and the oldest is given up.
        handshake_timeout_seconds: From a connection's begin to the end of its TLS handshake.
        head_timeout_seconds: From a request's first byte to the end of its headers.
        body_timeout_seconds: The longest silence in the middle of a body.
        idle_timeout_seconds: How long a connection without a request is kept. Longer than the usual 60 s of proxies,
            so that it is they who close, and none sends into a connection that closes at that moment.
        write_timeout_seconds: How long a client may refuse to read its answer.
        linger_seconds: How long a connection is still read from after a request that could not be read to its end, so
            that the client sees the answer and not a reset.
        drain_linger_seconds: How long a draining server keeps connections that have no request under way: one may be on
            its way.
    """

    max_head_bytes: int = 64 * 1024
    max_body_bytes: int = 2**31 - 1
    max_pending_bytes: int = 64 * 1024
    max_handshakes: int = 1000
    handshake_timeout_seconds: float = 20.0
    head_timeout_seconds: float = 30.0
    body_timeout_seconds: float = 60.0
    idle_timeout_seconds: float = 300.0
    write_timeout_seconds: float = 300.0
    linger_seconds: float = 2.0
    drain_linger_seconds: float = 0.1

    @property
    def shortest_timeout_seconds(self) -> float:
        """The shortest of the times that a client may take."""
        return min(
            self.handshake_timeout_seconds,
            self.head_timeout_seconds,
            self.body_timeout_seconds,
            self.idle_timeout_seconds,
            self.write_timeout_seconds,
            self.linger_seconds,
        )
