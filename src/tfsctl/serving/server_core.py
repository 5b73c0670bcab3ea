"""Keeps the configured models loaded, and finds the servable that a request means. Knows no transport."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from tfsctl.core import (
    AspiredVersionsManager,
    EventBus,
    FileSystemStoragePathSource,
    ManagerState,
    ServableConfig,
    ServableHandle,
    ServableId,
    ServableState,
    ServableStateMonitor,
    StoragePath,
    Subscription,
)
from tfsctl.errors import CancelledError, InvalidArgumentError, NotFoundError, ServerStartError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.initial_models import InitialModel, are_settled, check_any_available
from tfsctl.serving.saved_model_loader import SavedModelLoader
from tfsctl.serving.servable import Servable

# What the file system says comes without an event: look again this often while starting.
_START_CHECK_SECONDS = 0.05


class ServerCore:
    """Config to sources and manager; model spec to servable.

    Lookups may come from any thread and take no lock. `start` and `stop` may be called from different threads;
    a core is started once.
    """

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._names = tuple(model.name for model in config.models)
        self._labels = {model.name: dict(model.version_labels) for model in config.models}
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
            [
                ServableConfig(name=model.name, base_path=model.base_path, version_policy=model.version_policy)
                for model in config.models
            ],
            poll_wait_seconds=config.file_system_poll_wait_seconds,
        )
        self._is_draining = False
        self._is_stopping = threading.Event()

    def start(self) -> None:
        """Load the models; return once every one is settled and one at least is available (§3.4).

        A model is settled when a version is available, when all have failed, or when it has none on disk while
        another model is settled. Where no model has a version on disk this waits for one, as TF Serving does, unless
        `require_models_at_start`.

        Raises:
            ServerStartError: no model is configured, or none became available.
            CancelledError: `stop` was called meanwhile.
        """
        self.start_loading()
        self.wait_until_settled()

    def start_loading(self) -> None:
        """The first half of `start`: set the loading going and return at once."""
        if not self._names:
            raise ServerStartError("There is no model to serve.", hint="Name one: tfsctl serve models/half_plus_two")
        self._manager.start()
        self._source.start()

    def wait_until_settled(self) -> None:
        """The second half of `start`."""
        require_models = self._config.require_models_at_start
        while not self._monitor.wait_for(
            lambda _: self._is_stopping.is_set() or are_settled(self._initial_models(), require_models=require_models),
            timeout_seconds=_START_CHECK_SECONDS,
        ):
            continue
        if self._is_stopping.is_set():
            raise CancelledError("The server was stopped while it was starting.")
        check_any_available(self._initial_models())

    def stop(self, *, timeout_seconds: float | None = None) -> bool:
        """Unload everything and end all threads. May be called twice, and while `start` waits.

        Returns whether all is unloaded; what is still in use after `timeout_seconds` is unloaded when it is let go.
        """
        self.start_draining()
        self._is_stopping.set()
        self._source.stop()
        self._manager.stop(timeout_seconds=timeout_seconds)
        states = (state for name in self._names for state in self._monitor.states(name))
        return all(state.state is ManagerState.END for state in states)

    def start_draining(self) -> None:
        """Never say again that this server is ready; requests are answered as before."""
        self._is_draining = True

    def servable(self, spec: ModelSpec) -> ServableHandle[Servable]:
        """The servable that `spec` means, kept loaded while the handle is held (tensorflow-serving.md §2.4).

        Raises:
            InvalidArgumentError: the name is empty, or the label unknown.
            NotFoundError: no such version is available.
        """
        if not spec.name:
            raise InvalidArgumentError("ModelSpec has no name specified.")
        version = spec.version
        if spec.version_label is not None:
            version = self._labels.get(spec.name, {}).get(spec.version_label)
            if version is None:
                raise InvalidArgumentError(f"Unrecognized servable version label: {spec.version_label}")
        return self._manager.handle(spec.name, version)

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

    def model_names(self) -> tuple[str, ...]:
        """The names of the configured models, in their order."""
        return self._names

    def is_available(self, name: str) -> bool:
        """Whether a version of model `name` answers requests."""
        return any(state.state is ManagerState.AVAILABLE for state in self._monitor.states(name))

    def is_ready(self) -> bool:
        """Whether every configured model has an available version, and the server is not being stopped."""
        return not self._is_draining and all(self.is_available(name) for name in self._names)

    def subscribe(self, callback: Callable[[ServableState], None]) -> Subscription:
        """Call `callback` on every change of state, after it shows in the other methods; it must return at once."""
        return self._bus.subscribe(callback)

    def _aspire(self, name: str, storage_paths: Sequence[StoragePath]) -> None:
        self._manager.set_aspired_versions(
            name,
            {
                found.version: SavedModelLoader(ServableId(name, found.version), found.path, self._config)
                for found in storage_paths
            },
        )

    def _initial_models(self) -> list[InitialModel]:
        problem = self._source.problem
        return [InitialModel(name, self._monitor.states(name), problem(name)) for name in self._names]
