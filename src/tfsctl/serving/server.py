"""A server: loads the models of a configuration and answers for them over REST and gRPC."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from tfsctl.errors import CancelledError, FailedPreconditionError
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.listen_address import check_can_listen, format_address
from tfsctl.serving.metrics import Metrics
from tfsctl.serving.monitoring import MonitoringPage, read_monitoring_path
from tfsctl.serving.server_core import ServerCore

if TYPE_CHECKING:
    from tfsctl.serving.batching.observer import BatchingObserver
    from tfsctl.serving.grpc_server import GrpcServer
    from tfsctl.serving.http_server import HttpServer
    from tfsctl.serving.model_config_file_poller import ModelConfigFilePoller
    from tfsctl.serving.predictor import Predictor

_LOGGER = logging.getLogger("tfsctl.serving")

# Unloading goes on for this long when draining has used up its time.
_MIN_UNLOAD_SECONDS = 5.0
# Requests that wait for each other take no processor.
_MIN_THREADS_WITH_BATCHING = 64
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}


class Server:
    """Runs in the caller's process; several may run side by side, for nothing here is global.

    Use it as a context manager, or call `start` and `stop`. All methods may be called from any thread. A server
    is started once; `core` may be asked at any time. After `stop`, `is_drained` tells whether all requests were
    answered and all models unloaded in the time there was.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.metrics = Metrics(lambda: self.core.model_names())  # noqa: PLW0108 (there is no core yet)
        self.core = ServerCore(config, batching_observer=_batching_observer(config, self.metrics))
        self.core.subscribe(self.metrics.model_versions.on_state)
        self._monitoring_path: str | None = None
        self.is_drained = False
        self._grpc_server: GrpcServer | None = None
        self._http_server: HttpServer | None = None
        self._config_poller: ModelConfigFilePoller | None = None
        self._preloading = threading.Thread(target=_preload, name="preload", daemon=True)
        self._was_started = False
        self._is_started = False
        self._is_stopping = False
        self._lock = threading.Lock()  # Held to open the ports, and to stop.
        self._stopped = threading.Event()

    def start(self, *, before_opening: Callable[[], object] | None = None) -> None:
        """Load the models, then open the ports: who can connect gets answers (tensorflow-serving.md §3.4).

        `before_opening` is called between the two.

        Raises:
            ServerStartError: a port is taken, or no model became available; nothing is left running.
            CancelledError: `stop` was called meanwhile.
            FailedPreconditionError: this server was started before.
            TfsctlError: a configuration file cannot be read, or holds something else.
        """
        with self._lock:
            if self._was_started:
                raise FailedPreconditionError("A server is started only once; make a new one.")
            self._was_started = True
        try:
            self._check_ports()
            self._read_files()
            if self.config.runtime != "python":
                self._preloading.start()
            # Before models are loaded, for what their runs cost is measured then, and importing holds them up.
            _import_front_ends()
            self.core.start_loading()
            self.core.wait_until_settled()
            if before_opening is not None:
                before_opening()
            with self._lock:
                self._open_ports()
                self._start_config_poller()
                self._is_started = True
        except BaseException:
            self.stop(drain_seconds=0)
            raise

    def stop(self, *, drain_seconds: float | None = None) -> None:
        """Stop accepting, let what is running finish for up to `drain_seconds` (default: the configuration's), unload.

        Idempotent; a second caller waits until the first is done. A server that is still starting gives up.
        """
        seconds = self.config.drain_seconds if drain_seconds is None else drain_seconds
        self._is_stopping = True
        self.core.start_draining()
        with self._lock:
            if self._stopped.is_set():
                return
            deadline = time.monotonic() + seconds
            if self._config_poller is not None:
                self._config_poller.stop()
            is_drained = self._close_ports(deadline)
            unload_seconds = max(_MIN_UNLOAD_SECONDS, deadline - time.monotonic())
            self.is_drained = self.core.stop(timeout_seconds=unload_seconds) and is_drained
            if self._preloading.ident is not None:
                self._preloading.join()  # A process that ends while its libraries are being opened crashes.
            self._stopped.set()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait until the server has been stopped; returns whether it has."""
        return self._stopped.wait(timeout_seconds)

    def __enter__(self) -> Server:  # noqa: PYI034 (typing.Self came with Python 3.11)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_started(self) -> bool:
        """Whether `start` has succeeded."""
        return self._is_started

    @property
    def grpc_port(self) -> int | None:
        """The gRPC port bound, None if gRPC is off or not open yet."""
        return self._grpc_server.port if self._grpc_server is not None else None

    @property
    def rest_port(self) -> int | None:
        """The REST port bound, None if REST is off or not open yet."""
        return self._http_server.port if self._http_server is not None else None

    @property
    def grpc_address(self) -> str:
        """`HOST:PORT` for a gRPC client on this machine; raises FailedPreconditionError where there is none."""
        return self._address("gRPC", self.grpc_port)

    @property
    def rest_address(self) -> str:
        """`HOST:PORT` for a REST client on this machine; raises FailedPreconditionError where there is none."""
        return self._address("REST", self.rest_port)

    def _address(self, api: str, port: int | None) -> str:
        if port is None:
            raise FailedPreconditionError(f"The server's {api} port is off, or not open yet.")
        return format_address(_ANY_ADDRESS.get(self.config.host, self.config.host), port)

    def _check_ports(self) -> None:
        """Find a taken port before models are loaded for it."""
        for port in (self.config.port, self.config.rest_api_port):
            if port:
                check_can_listen(self.config.host, port)

    def _read_files(self) -> None:
        """Find mistakes in configuration files before models are loaded. Without REST nobody could see the page."""
        if self.config.rest_api_port is not None:
            self._monitoring_path = read_monitoring_path(self.config.monitoring_config_file)

    def _open_ports(self) -> None:
        if self._is_stopping:
            raise CancelledError("The server was stopped while it was starting.")
        from tfsctl.serving.predictor import Predictor

        predictor = Predictor(check_method_name=self.config.enable_signature_method_name_check, runs=self.metrics.runs)
        if self.config.port is not None:
            self._open_grpc(predictor, self.config.port)
        if self.config.rest_api_port is not None:
            self._open_rest(predictor, self.config.rest_api_port)

    def _start_config_poller(self) -> None:
        path, seconds = self.config.model_config_file, self.config.model_config_file_poll_wait_seconds
        if path is None or seconds <= 0:
            return
        from tfsctl.serving.model_config_file_poller import ModelConfigFilePoller

        self._config_poller = ModelConfigFilePoller(self.core, path, poll_wait_seconds=seconds)
        self._config_poller.start()

    def _open_grpc(self, predictor: Predictor, port: int) -> None:
        from tfsctl.serving.grpc_health import HealthService
        from tfsctl.serving.grpc_server import GrpcServer
        from tfsctl.serving.grpc_services import ModelService, PredictionService

        server = GrpcServer(
            [
                PredictionService(self.core, predictor, requests=self.metrics.grpc),
                ModelService(self.core, metrics=self.metrics),
            ],
            HealthService(self.core),
            host=self.config.host,
            port=port,
            max_threads=self._num_threads(self.config.grpc_max_threads),
        )
        self._grpc_server = server
        server.start()
        # The words that scripts wait for (tensorflow-serving.md §8).
        _LOGGER.info("Running gRPC ModelServer at %s ...", format_address(self.config.host, server.port))

    def _open_rest(self, predictor: Predictor, port: int) -> None:
        from tfsctl.serving.http_server import HttpServer
        from tfsctl.serving.rest_api import RestApi

        api = RestApi(
            self.core,
            predictor,
            timeout_seconds=self.config.rest_api_timeout_seconds,
            enable_cors_support=self.config.rest_api_enable_cors_support,
            requests=self.metrics.rest,
            monitoring=MonitoringPage(self.metrics, self._monitoring_path) if self._monitoring_path else None,
        )
        server = HttpServer(
            api.handle,
            host=self.config.host,
            port=port,
            num_threads=self._num_threads(self.config.rest_api_num_threads),
            # A request that waits for others must not keep them from being read.
            answers_in_loop=not self.config.enable_batching,
        )
        self._http_server = server
        server.start()
        _LOGGER.info("Exporting HTTP/REST API at:%s ...", format_address(self.config.host, server.port))

    def _num_threads(self, configured: int) -> int:
        """The threads for one API; 0 leaves the number to it. No batch is larger than the number of those who wait."""
        return configured or (_MIN_THREADS_WITH_BATCHING if self.config.enable_batching else 0)

    def _close_ports(self, deadline: float) -> bool:
        """Returns whether everything that was running has finished."""
        servers = [server for server in (self._http_server, self._grpc_server) if server is not None]
        for server in servers:
            server.stop_accepting()
        are_drained = [server.drain(max(0.0, deadline - time.monotonic())) for server in servers]
        for server in servers:
            server.close()
        return all(are_drained)


def _batching_observer(config: ServerConfig, metrics: Metrics) -> BatchingObserver | None:
    if not config.enable_batching:
        return None
    from tfsctl.serving.batching.metrics_observer import MetricsObserver

    return MetricsObserver(metrics)


def _preload() -> None:
    """Open TensorFlow's libraries, the slow part of starting, while the rest is being set up."""
    from tfsctl.runtime import preload

    preload()


def _import_front_ends() -> None:
    """Load the modules of the front ends while the models load."""
    import tfsctl.serving.grpc_health
    import tfsctl.serving.grpc_server
    import tfsctl.serving.http_server
    import tfsctl.serving.rest_api  # noqa: F401 (loading them is all that is wanted)
