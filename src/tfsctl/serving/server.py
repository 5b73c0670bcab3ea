"""A server: loads the models of a configuration and answers for them over REST and gRPC."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from tfsctl.errors import CancelledError, FailedPreconditionError
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.front_ends import FrontEnds, import_front_ends
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.request_log.log import request_logs_of
from tfsctl.serving.server_core import ServerCore
from tfsctl.serving.warmup.observer import WarmupMetrics

if TYPE_CHECKING:
    from tfsctl.serving.batching.observer import BatchingObserver
    from tfsctl.serving.models.model_config_file_poller import ModelConfigFilePoller

# Unloading goes on for this long when draining has used up its time.
_MIN_UNLOAD_SECONDS = 5.0


class Server:
    """Runs in the caller's process; several may run side by side, for nothing here is global.

    Use it as a context manager, or call `start` and `stop`. All methods may be called from any thread. A server
    is started once; `core` may be asked at any time. After `stop`, `is_drained` tells whether all requests were
    answered and all models unloaded in the time there was.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.metrics = Metrics(lambda: self.core.model_names())  # noqa: PLW0108 (there is no core yet)
        self.core = ServerCore(
            config,
            batching_observer=_batching_observer(config, self.metrics),
            model_loads=self.metrics.model_loads,
            warmup_observer=WarmupMetrics(self.metrics),
            request_logs=request_logs_of(config, self.metrics.request_log_count),
        )
        self.core.subscribe(self.metrics.model_versions.on_state)
        self._front_ends = FrontEnds(config, self.core, self.metrics)
        self.is_drained = False
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
            self._front_ends.check()
            if self.config.runtime != "python":
                self._preloading.start()
            # Before models are loaded, for what their runs cost is measured then, and importing holds them up.
            import_front_ends()
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
            is_drained = self._front_ends.close(deadline)
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
        """The gRPC port bound, None if there is none or it is not open yet."""
        return self._front_ends.grpc_port

    @property
    def rest_port(self) -> int | None:
        """The REST port bound, None if there is none or it is not open yet."""
        return self._front_ends.rest_port

    @property
    def grpc_address(self) -> str:
        """`HOST:PORT` for a gRPC client on this machine, `unix:PATH` where there is only a UNIX socket.

        Raises FailedPreconditionError where gRPC is off, or not open yet.
        """
        return self._front_ends.grpc_address

    @property
    def rest_address(self) -> str:
        """`HOST:PORT` for a REST client on this machine, `unix:PATH` where there is only a UNIX socket.

        Raises FailedPreconditionError where REST is off, or not open yet.
        """
        return self._front_ends.rest_address

    def _open_ports(self) -> None:
        if self._is_stopping:
            raise CancelledError("The server was stopped while it was starting.")
        self._front_ends.open()

    def _start_config_poller(self) -> None:
        path, seconds = self.config.model_config_file, self.config.model_config_file_poll_wait_seconds
        if path is None or seconds <= 0:
            return
        from tfsctl.serving.models.model_config_file_poller import ModelConfigFilePoller

        self._config_poller = ModelConfigFilePoller(self.core, path, poll_wait_seconds=seconds)
        self._config_poller.start()


def _batching_observer(config: ServerConfig, metrics: Metrics) -> BatchingObserver | None:
    if not config.enable_batching:
        return None
    from tfsctl.serving.batching.metrics_observer import MetricsObserver

    return MetricsObserver(metrics)


def _preload() -> None:
    """Open TensorFlow's libraries, the slow part of starting, while the rest is being set up."""
    from tfsctl.runtime import preload

    preload()
