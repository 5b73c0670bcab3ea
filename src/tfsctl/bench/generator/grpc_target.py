"""What all gRPC calls of a measurement say beside their message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfsctl.protos import PREDICTION_SERVICE

if TYPE_CHECKING:
    from tfsctl.bench.generator.dial import Dial
    from tfsctl.bench.generator.grpc_headers import Headers


@dataclass(frozen=True, slots=True)
class GrpcTarget:
    """How long a call may take, and whether its message is compressed."""

    timeout_seconds: float
    gzip: bool = False

    def headers(self, dial: Dial) -> Headers:
        """The headers of a call."""
        address = dial.address
        pairs = [
            (":method", "POST"),
            (":scheme", "https" if address.secure else "http"),
            (":path", f"/{PREDICTION_SERVICE}/Predict"),
            (":authority", address.target if address.socket is None else address.host),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", "tfsctl-bench"),
            ("grpc-timeout", _timeout(self.timeout_seconds)),
            *([("grpc-encoding", "gzip"), ("grpc-accept-encoding", "identity,gzip")] if self.gzip else []),
        ]
        return tuple((name.encode(), value.encode()) for name, value in pairs)


def _timeout(seconds: float) -> str:
    """As gRPC writes it: eight digits at most, and a unit."""
    millis = max(1, round(seconds * 1000))
    return f"{millis}m" if millis < 10**8 else f"{min(round(seconds), 10**8 - 1)}S"
