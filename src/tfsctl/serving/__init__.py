"""The server: TF Serving's REST and gRPC APIs over the serving core and the runtime.

    @pytest.fixture(scope="session")
    def server() -> Iterator[Server]:
        model = ModelConfig(name="half_plus_two", base_path=Path("models/half_plus_two"))
        with Server(ServerConfig(models=(model,), port=0, rest_api_port=0)) as server:
            yield server  # server.rest_address and server.grpc_address say where.

The configuration is light; `Server` brings gRPC and the runtime with it, and is loaded when it is first named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfsctl.serving.config import ModelConfig, ServerConfig
from tfsctl.serving.request_log.config import RequestLogConfig

if TYPE_CHECKING:
    from tfsctl.serving.server import Server

__all__ = ["ModelConfig", "RequestLogConfig", "Server", "ServerConfig"]


def __getattr__(name: str) -> Any:
    if name == "Server":
        from tfsctl.serving.server import Server

        return Server
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
