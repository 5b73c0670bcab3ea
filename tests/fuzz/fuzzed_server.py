"""A server to throw things at, with a connection for each protocol."""

from __future__ import annotations

from fuzz.grpc_exchange import GrpcExchange
from fuzz.http_exchange import HttpExchange
from serving.watched_server import WatchedServer


class FuzzedServer(WatchedServer):
    """Started again if an input has killed it; the connections are new ones then."""

    http: HttpExchange
    grpc: GrpcExchange

    def must_answer(self) -> None:
        """Fail unless it is well and answers good requests rightly, over both protocols."""
        self.must_be_well()
        self.http.probe()
        self.grpc.probe()

    def start(self) -> None:
        super().start()
        self.http = HttpExchange(self.rest_port)
        self.grpc = GrpcExchange(self.port)

    def stop(self) -> None:
        self.http.close()
        self.grpc.close()
        super().stop()
