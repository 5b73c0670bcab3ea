"""Keeps the configured models loaded, and finds the servable that a request means. Knows no transport."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.core import (
    AspiredVersionsManager,
    EventBus,
    FileSystemStoragePathSource,
    ManagerState,
    ServableHandle,
    ServableId,
    ServableState,
    ServableStateMonitor,
    StoragePath,
    Subscription,
)
from tfsctl.errors import (
    CancelledError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ServerStartError,
    UnavailableError,
)
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.config import ModelConfig, ServerConfig
from tfsctl.serving.metrics.model_load_metrics import ModelLoadMetrics
from tfsctl.serving.models.configured_models import ConfiguredModels
from tfsctl.serving.models.initial_models import InitialModel, are_settled, check_any_available
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.models.version_labels import LabelTarget
from tfsctl.serving.models.version_loaders import VersionLoaders
from tfsctl.serving.request_log.log import RequestLogs

if TYPE_CHECKING:
    from tfsctl.serving.batching.observer import BatchingObserver
    from tfsctl.serving.warmup.replay import WarmupObserver

# What the file system says comes without an event: look again this often while starting.
_START_CHECK_SECONDS = 0.05


class ServerCore:
    """Config to sources and manager; model spec to servable.

    Lookups may come from any thread and take no lock. `start` and `stop` may be called from different threads;
    a core is started once. `batching_observer` is told of batches, where there is batching; `warmup_observer` of the
    requests that warm up versions. Requests are logged to `request_logs`, which ends with the core.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        batching_observer: BatchingObserver | None = None,
        model_loads: ModelLoadMetrics | None = None,
        warmup_observer: WarmupObserver | None = None,
        request_logs: RequestLogs | None = None,
    ) -> None:
        self.request_logs = request_logs if request_logs is not None else RequestLogs()
        self._config = config
        self._loaders = VersionLoaders(
            config,
            try_again=self._try_again,
            batching_observer=batching_observer,
            model_loads=model_loads,
            warmup_observer=warmup_observer,
        )
        self._bus: EventBus[ServableState] = EventBus()
        self._monitor = ServableStateMonitor(self._bus)
        self._manager: AspiredVersionsManager[Servable] = AspiredVersionsManager(
            self._bus,
            max_num_load_retries=config.max_num_load_retries,
            load_retry_interval_seconds=config.load_retry_interval_seconds,
            num_load_threads=config.num_load_threads,
            num_unload_threads=config.num_unload_threads,
        )
        self._source = FileSystemStoragePathSource(
            self._aspire,
            (),
            poll_wait_seconds=config.file_system_poll_wait_seconds,
            file_system=self._loaders.remote_models,
            after_poll=self._loaders.failed_versions.look,
        )
        self._models = ConfiguredModels(
            self._source,
            self._monitor,
            request_logs=self.request_logs,
            check_base_path=self._loaders.remote_models.check,
            allow_version_labels_for_unavailable_models=config.allow_version_labels_for_unavailable_models,
        )
        self._bus.subscribe(self._models.on_state)
        self._bus.subscribe(self._loaders.failed_versions.on_state)
        if config.models:
            self._models.set_first(config.models)
        self._is_draining = False
        self._is_stopping = threading.Event()

    def start(self) -> None:
        """Load the models; return once every one is settled and one at least is available (§3.4).

        A model is settled when a version is available, when all have failed, or when it has none on disk while
        another model is settled. Where no model has a version on disk this waits for one, as TF Serving does, unless
        `require_models_at_start`.

        Raises:
            ServerStartError: no model is configured, or none became available. A model config file may name none.
            TfsctlError: that file cannot be read, or is not right.
            CancelledError: `stop` was called meanwhile.
        """
        self.start_loading()
        self.wait_until_settled()

    def start_loading(self) -> None:
        """The first half of `start`: set the loading going and return at once.

        Raises ServerStartError where nothing says what to load; FailedPreconditionError where a request log cannot be
        written; and what reading the model config file and `VersionLoaders.start` raise.
        """
        if self._config.model_config_file is not None:
            self._read_models(self._config.model_config_file)
        elif not self._models.is_set:
            raise ServerStartError("There is no model to serve.", hint="Name one: tfsctl serve models/half_plus_two")
        self._models.open_request_logs()
        self._loaders.start()
        self._manager.start()
        self._source.start()

    def wait_until_settled(self) -> None:
        """The second half of `start`."""
        models: list[InitialModel] = []  # As they were when they were settled: one that failed may be tried again.

        def is_over(_: ServableStateMonitor) -> bool:
            models[:] = self._initial_models()
            return self._is_stopping.is_set() or are_settled(
                models, require_models=self._config.require_models_at_start
            )

        while not self._monitor.wait_for(is_over, timeout_seconds=_START_CHECK_SECONDS):
            continue
        if self._is_stopping.is_set():
            raise CancelledError("The server was stopped while it was starting.")
        check_any_available(models)

    def stop(self, *, timeout_seconds: float | None = None) -> bool:
        """Unload everything and end all threads. May be called twice, and while `start` waits.

        Returns whether all is unloaded; what is still in use after `timeout_seconds` is unloaded when it is let go.
        """
        self.start_draining()
        self._is_stopping.set()
        self._loaders.stop()
        self._source.stop()
        self._manager.stop(timeout_seconds=timeout_seconds)
        self._loaders.close()
        self.request_logs.close()
        states = (state for name in self._monitor.names() for state in self._monitor.states(name))
        return all(state.state is ManagerState.END for state in states)

    def start_draining(self) -> None:
        """Never say again that this server is ready; requests are answered as before."""
        self._is_draining = True

    def reload(self, models: Sequence[ModelConfig], *, timeout_seconds: float | None = None) -> None:
        """Serve these models and no others; return when the new ones are available (tensorflow-serving.md §3.6).

        Models that are left out are unloaded in the background; versions that other models lose or gain by a new
        policy or base path are not awaited. A list that is refused (the first two errors) changes nothing at all. With
        the other errors it stays in force, and what is still to come is not given up.

        For a core that was started. Calls from several threads follow one another, but for the waiting.

        Raises:
            InvalidArgumentError: a model is listed twice, its platform is not supported, or is to be another.
            FailedPreconditionError: a label points at a version that is neither available nor on its way, or a
                request log cannot be written.
            UnknownError: all versions of a new model failed.
            AbortedError: another call took a new model out again.
            DeadlineExceededError: it took longer than `timeout_seconds`.
            UnavailableError: the core is being stopped.
        """
        if self._is_draining:
            raise UnavailableError("The server is shutting down.")
        awaited = self._models.replace(models)
        awaited.wait(is_stopping=lambda: self._is_draining, timeout_seconds=timeout_seconds)

    def models(self) -> tuple[ModelConfig, ...]:
        """The configured models, in their order."""
        return self._models.models

    @property
    def is_configured(self) -> bool:
        """Whether there was ever a list of models to serve, an empty one included."""
        return self._models.is_set

    def servable(self, spec: ModelSpec) -> ServableHandle[Servable]:
        """The servable that `spec` means, kept loaded while the handle is held (tensorflow-serving.md §2.4).

        Keep the handle itself until the outputs are there: its `servable` alone may be unloaded at any moment.

        Raises:
            InvalidArgumentError: the name is empty, or the label unknown.
            NotFoundError: no such version is available.
        """
        if not spec.name:
            raise InvalidArgumentError("ModelSpec has no name specified.")
        if spec.version_label is None:
            return self._manager.handle(spec.name, spec.version)
        return self._labelled(spec.name, self._models.labels.target(spec.name, spec.version_label))

    def version_states(self, spec: ModelSpec) -> tuple[ServableState, ...]:
        """The states of all versions, newest first, or of the one that `spec` gives; a label is ignored (§2.6).

        Versions that have ended stay listed. Raises NotFoundError where nothing is known.
        """
        if spec.version is not None:
            state = self._monitor.state(ServableId(spec.name, spec.version))
            if state is None:
                raise NotFoundError(f"Could not find version {spec.version} of model {spec.name}")
            return (state,)
        states = self._monitor.states(spec.name)
        if not states:
            raise NotFoundError(f"Could not find any versions of model {spec.name}")
        return states

    def change_version_labels(self, name: str, assign: Mapping[str, int], *, drop: Sequence[str]) -> Mapping[str, int]:
        """Give labels to versions of model `name` and take others away, at once; the labels that it has then.

        Raises what `ConfiguredModels.change_labels` raises; FailedPreconditionError, too, where a file is followed,
        which would undo it.
        """
        if self._config.model_config_file is not None and self._config.model_config_file_poll_wait_seconds > 0:
            raise FailedPreconditionError("The server follows its model config file, which would undo this.")
        return self._models.change_labels(name, assign, drop=drop)

    def model_names(self) -> tuple[str, ...]:
        """The names of the configured models, in their order."""
        return self._models.names

    def is_available(self, name: str) -> bool:
        """Whether a version of model `name` answers requests."""
        return any(state.state is ManagerState.AVAILABLE for state in self._monitor.states(name))

    def is_ready(self) -> bool:
        """Whether every configured model has an available version, and the server is not being stopped.

        A model that a reload added counts from when it first was available: loading it must not take the others away
        from their clients.
        """
        return not self._is_draining and all(
            self.is_available(name) or self._models.is_new(name) for name in self._models.names
        )

    def subscribe(self, callback: Callable[[ServableState], None]) -> Subscription:
        """Call `callback` on every change of state, after it shows in the other methods; it must return at once."""
        return self._bus.subscribe(callback)

    def _read_models(self, path: Path) -> None:
        from tfsctl.serving.models.model_config_file import models_of, read_model_config_file

        models = models_of(read_model_config_file(path))
        if models is not None:
            self._models.set_first(models)

    def _labelled(self, name: str, target: LabelTarget) -> ServableHandle[Servable]:
        """The version that a label means; a version that it has just been given waits until it is available."""
        try:
            return self._manager.handle(name, target.version)
        except NotFoundError:
            if target.until_then is None:
                raise
        try:
            return self._manager.handle(name, target.until_then)
        except NotFoundError:
            return self._manager.handle(name, target.version)  # It has taken over just now, or both are missing.

    def _aspire(self, name: str, storage_paths: Sequence[StoragePath]) -> None:
        self._manager.set_aspired_versions(name, self._loaders.aspire(name, storage_paths))

    def _try_again(self, name: str, found: StoragePath) -> None:
        self._manager.try_again(name, found.version, self._loaders.loader(name, found))

    def _initial_models(self) -> list[InitialModel]:
        problem = self._source.problem
        return [InitialModel(name, self._monitor.states(name), problem(name)) for name in self._models.names]
