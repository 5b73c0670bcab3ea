"""A loader for every version that a server is to have, with what all loaders share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.core import Loader, Location, ServableId, StoragePath
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.metrics.model_load_metrics import ModelLoadMetrics
from tfsctl.serving.models.failed_versions import FailedVersions, Files
from tfsctl.serving.models.local_files import local_files
from tfsctl.serving.models.saved_model_loader import SavedModelLoader
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.remote.loader import RemoteLoader
from tfsctl.serving.remote.models import RemoteModels

if TYPE_CHECKING:
    from tfsctl.serving.batching.batched_models import BatchedModels
    from tfsctl.serving.batching.observer import BatchingObserver
    from tfsctl.serving.warmup.replay import WarmupObserver


class VersionLoaders:
    """Makes the loaders of one server. Thread-safe.

    `batching_observer` is told of batches, where there is batching; `model_loads` of all attempts to load;
    `warmup_observer` of the requests that warm up versions. `try_again` gives a version that failed a new life.

    Attributes:
        remote_models: Where versions are found, here and on stores.
        failed_versions: Which did not load, and with which files; to be told of states and polls.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        try_again: Callable[[str, StoragePath], None],
        batching_observer: BatchingObserver | None = None,
        model_loads: ModelLoadMetrics | None = None,
        warmup_observer: WarmupObserver | None = None,
    ) -> None:
        self.remote_models = RemoteModels()
        self.failed_versions = FailedVersions(self._files, try_again=try_again)
        self._config = config
        self._batching_observer = batching_observer
        self._model_loads = model_loads if model_loads is not None else ModelLoadMetrics()
        self._warmup_observer = warmup_observer
        self._batched_models: BatchedModels | None = None
        self._aspired: dict[str, frozenset[int]] = {}
        self._is_stopping = threading.Event()

    def start(self) -> None:
        """Make what loaders share. Raises what `batched_models` raises."""
        self._batched_models = self._make_batched_models()

    def aspire(self, name: str, storage_paths: Sequence[StoragePath]) -> dict[int, Loader[Servable]]:
        """A loader for each version of model `name`, whose whole set this is.

        Those of a former call whose version is not in the set any more soon give up, if they are still downloading or
        warming up.
        """
        self._aspired[name] = versions = frozenset(found.version for found in storage_paths)
        self.failed_versions.keep(name, versions)
        return {found.version: self.loader(name, found) for found in storage_paths}

    def loader(self, name: str, found: StoragePath) -> Loader[Servable]:
        """A loader for one version of model `name`, which loads only while the version is aspired."""
        servable_id = ServableId(name, found.version)
        load_from = partial(self._saved_model_loader, servable_id, found.path)
        note_attempt = partial(self.failed_versions.note_attempt, servable_id, found.path)
        if isinstance(found.path, Path):
            return _LocalLoader(load_from(found.path), found.path, note_attempt=note_attempt)
        return RemoteLoader(
            self.remote_models,
            servable_id,
            found.path,
            load_from=load_from,
            is_wanted=partial(self._is_wanted, servable_id),
            note_attempt=note_attempt,
        )

    def stop(self) -> None:
        """Nothing that is being loaded is wanted any more."""
        self._is_stopping.set()

    def close(self) -> None:
        """End what loaders share, after the last version was unloaded."""
        self.remote_models.close()
        if self._batched_models is not None:
            self._batched_models.close()

    def _saved_model_loader(self, servable_id: ServableId, location: Location, path: Path) -> SavedModelLoader:
        """For the directory `path`, which is that of `location` or a copy of it."""
        return SavedModelLoader(
            servable_id,
            path,
            self._config,
            batched_models=self._batched_models,
            record_load=partial(self._model_loads.record, str(location)),
            warmup_observer=self._warmup_observer,
            is_wanted=partial(self._is_wanted, servable_id),
        )

    def _is_wanted(self, servable_id: ServableId) -> bool:
        return not self._is_stopping.is_set() and servable_id.version in self._aspired.get(servable_id.name, ())

    def _files(self, location: Location) -> Files:
        return local_files(location) if isinstance(location, Path) else self.remote_models.files(location)

    def _make_batched_models(self) -> BatchedModels | None:
        if not self._config.enable_batching:
            return None
        from tfsctl.serving.batching.batched_models import batched_models

        return batched_models(
            self._config.batching_parameters_file,
            parameters=self._config.batching_parameters,
            per_model=self._config.enable_per_model_batching_parameters,
            observer=self._batching_observer,
        )


class _LocalLoader:
    """Notes what lies there before each attempt, for what comes later may mend it; then `loader` loads."""

    def __init__(self, loader: SavedModelLoader, path: Path, *, note_attempt: Callable[[Files], None]) -> None:
        self._loader = loader
        self._path = path
        self._note_attempt = note_attempt

    def load(self) -> Servable:
        try:
            self._note_attempt(local_files(self._path))
        except OSError:
            self._note_attempt(None)
        return self._loader.load()

    def unload(self, servable: Servable) -> None:
        self._loader.unload(servable)
