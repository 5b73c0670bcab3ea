"""The front ends of a server: what opens its ports, drains and closes them."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.errors import FailedPreconditionError, ServerStartError, TfsctlError
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.grpc.channel_arguments import parse_channel_arguments
from tfsctl.serving.listen_address import ListenAddress
from tfsctl.serving.metrics.monitoring import MonitoringPage, read_monitoring_path
from tfsctl.serving.metrics.request_metrics import waiting_family
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.profiler.request_watch import RequestWatch
from tfsctl.serving.server_core import ServerCore

if TYPE_CHECKING:
    from tfsctl.serving.grpc.server import GrpcServer
    from tfsctl.serving.http.server import HttpServer
    from tfsctl.serving.inference.predictor import Predictor
    from tfsctl.serving.ssl_config import SslConfig

_LOGGER = logging.getLogger("tfsctl.serving")

# What TF Serving's log says for all addresses of a machine (tensorflow-serving.md §8).
_GRPC_FOR_ALL, _REST_FOR_ALL = "0.0.0.0", "localhost"
# Requests that wait for each other take no processor.
_MIN_THREADS_WITH_BATCHING = 64


class FrontEnds:
    """Both APIs of one server, as far as its configuration has them. Life: `check`, `open`, `close`, once each.

    They are not thread-safe; the properties are.
    """

    def __init__(self, config: ServerConfig, core: ServerCore, metrics: Metrics) -> None:
        self._config = config
        self._core = core
        self._metrics = metrics
        self._grpc_listen = ListenAddress(host=config.host, port=config.port, socket_path=config.grpc_socket_path)
        self._rest_listen = ListenAddress(
            host=config.host, port=config.rest_api_port, socket_path=config.rest_api_socket_path
        )
        self._ssl_config: SslConfig | None = None
        self._monitoring_path: str | None = None
        self._is_without_rest = False
        self._request_watch = RequestWatch()
        self._grpc_server: GrpcServer | None = None
        self._http_server: HttpServer | None = None
        metrics.add(waiting_family({"GRPC": self._num_grpc_waiting, "REST": self._num_rest_waiting}))

    @property
    def grpc_port(self) -> int | None:
        """The gRPC port bound, None if there is none or it is not open yet."""
        return (self._grpc_server.port or None) if self._grpc_server is not None else None

    @property
    def rest_port(self) -> int | None:
        """The REST port bound, None if there is none or it is not open yet."""
        return (self._http_server.port or None) if self._http_server is not None else None

    @property
    def grpc_address(self) -> str:
        """Where a gRPC client on this machine connects to; raises FailedPreconditionError where there is nothing."""
        if self._grpc_server is None:
            raise _closed_error("gRPC")
        return self._grpc_listen.client_address(self.grpc_port)

    @property
    def rest_address(self) -> str:
        """Where a REST client on this machine connects to; raises FailedPreconditionError where there is nothing."""
        if self._http_server is None:
            raise _closed_error("REST")
        return self._rest_listen.client_address(self.rest_port)

    def check(self) -> None:
        """Find taken addresses and mistakes in configuration files: nobody waits for models to hear of them.

        Raises:
            ServerStartError: an address is taken.
            TfsctlError: a file cannot be read, or holds something else.
        """
        self._grpc_listen.check()
        if self._config.ssl_config_file is not None:
            self._read_ssl_config(self._config.ssl_config_file)
        try:
            self._rest_listen.check()
            # Without REST nobody could see the page.
            if self._rest_listen.is_any:
                self._monitoring_path = read_monitoring_path(self._config.monitoring_config_file)
        except TfsctlError as error:
            self._do_without_rest(error)

    def open(self) -> None:
        """Let clients in. Raises ServerStartError where an address cannot be had; then call `close`."""
        from tfsctl.serving.inference.predictor import Predictor

        config = self._config
        predictor = Predictor(check_method_name=config.enable_signature_method_name_check, runs=self._metrics.runs)
        if self._grpc_listen.is_any:
            self._open_grpc(predictor)
        if self._rest_listen.is_any and not self._is_without_rest:
            try:
                self._open_rest(predictor)
            except ServerStartError as error:
                self._do_without_rest(error)

    def close(self, deadline: float) -> bool:
        """Let what runs finish until `deadline`, on the monotonic clock. Returns whether all of it has."""
        servers = [server for server in (self._http_server, self._grpc_server) if server is not None]
        for server in servers:
            server.stop_accepting()
        are_drained = [server.drain(max(0.0, deadline - time.monotonic())) for server in servers]
        for server in servers:
            server.close()
        return all(are_drained)

    def _num_grpc_waiting(self) -> int:
        return self._grpc_server.num_waiting if self._grpc_server is not None else 0

    def _num_rest_waiting(self) -> int:
        return self._http_server.num_waiting if self._http_server is not None else 0

    def _read_ssl_config(self, path: Path) -> None:
        from tfsctl.serving.ssl_config import read_ssl_config

        self._ssl_config = read_ssl_config(path)
        if self._grpc_listen.is_any:
            from tfsctl.serving.grpc.server import check_credentials

            check_credentials(path, self._ssl_config)

    def _do_without_rest(self, error: TfsctlError) -> None:
        if not self._config.rest_api_is_optional:
            raise error
        self._is_without_rest = True
        self._http_server = None
        address = self._rest_listen.ready_address(self._rest_listen.port or 0, for_all=_REST_FOR_ALL)
        _LOGGER.error("Failed to start HTTP Server at %s: %s", address, error.message)

    def _open_grpc(self, predictor: Predictor) -> None:
        from tfsctl.serving.grpc.health import HealthService
        from tfsctl.serving.grpc.model_service import ModelService
        from tfsctl.serving.grpc.server import GrpcServer
        from tfsctl.serving.grpc.services import PredictionService
        from tfsctl.serving.grpc.tfsctl_model_service import TfsctlModelService
        from tfsctl.serving.profiler.service import ProfilerService

        prediction_service = PredictionService(
            self._core,
            predictor,
            metrics=self._metrics,
            as_tensor_content=self._config.enable_serialization_as_tensor_content,
        )
        server = GrpcServer(
            [
                prediction_service,
                ModelService(self._core, metrics=self._metrics),
                TfsctlModelService(self._core),
            ],
            HealthService(self._core),
            address=self._grpc_listen,
            max_threads=self._num_threads(self._config.grpc_max_threads),
            control_services=[ProfilerService(self._request_watch)] if self._config.enable_profiler else [],
            ssl_config=self._ssl_config,
            channel_arguments=parse_channel_arguments(self._config.grpc_channel_arguments),
        )
        self._grpc_server = server
        server.start()
        self._request_watch.add_grpc(server, prediction_service)
        # The words that scripts wait for (tensorflow-serving.md §8).
        _log_addresses("Running gRPC ModelServer at %s ...", self._grpc_listen, server.port, for_all=_GRPC_FOR_ALL)

    def _open_rest(self, predictor: Predictor) -> None:
        from tfsctl.serving.http.server import HttpServer
        from tfsctl.serving.rest.api import RestApi
        from tfsctl.serving.ssl_config import server_ssl_context

        config = self._config
        api = RestApi(
            self._core,
            predictor,
            timeout_seconds=config.rest_api_timeout_seconds,
            enable_cors_support=config.rest_api_enable_cors_support,
            requests=self._metrics.rest,
            request_logs=self._core.request_logs,
            monitoring=MonitoringPage(self._metrics, self._monitoring_path) if self._monitoring_path else None,
        )
        server = HttpServer(
            api.handle,
            address=self._rest_listen,
            num_threads=self._num_threads(config.rest_api_num_threads),
            ssl_context=server_ssl_context(self._ssl_config) if config.rest_ssl and self._ssl_config else None,
            # A request that waits for others must not keep them from being read.
            answers_in_loop=not config.enable_batching,
        )
        self._http_server = server
        server.start()
        self._request_watch.add_rest(server, api)
        _log_addresses("Exporting HTTP/REST API at:%s ...", self._rest_listen, server.port, for_all=_REST_FOR_ALL)

    def _num_threads(self, configured: int) -> int:
        """The threads for one API; 0 leaves the number to it. No batch is larger than the number of those who wait."""
        return configured or (_MIN_THREADS_WITH_BATCHING if self._config.enable_batching else 0)


def _closed_error(api: str) -> FailedPreconditionError:
    return FailedPreconditionError(f"The server's {api} port is off, or not open yet.")


def _log_addresses(line: str, address: ListenAddress, port: int, *, for_all: str) -> None:
    if port:
        _LOGGER.info(line, address.ready_address(port, for_all=for_all))
    if address.socket_path is not None:
        _LOGGER.info(line, f"UNIX socket {address.socket_path}")


def import_front_ends() -> None:
    """Load the modules of the front ends, for instance while models load."""
    import tfsctl.serving.grpc.health
    import tfsctl.serving.grpc.server
    import tfsctl.serving.http.server
    import tfsctl.serving.rest.api  # noqa: F401 (loading them is all that is wanted)
