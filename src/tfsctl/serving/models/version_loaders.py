"""A loader for every version that a server is to have, with what all loaders share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.core import Loader, ServableId, StoragePath
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.metrics.model_load_metrics import ModelLoadMetrics
from tfsctl.serving.models.saved_model_loader import SavedModelLoader
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.remote.loader import loader_for
from tfsctl.serving.remote.models import RemoteModels

if TYPE_CHECKING:
    from tfsctl.serving.batching.batched_models import BatchedModels
    from tfsctl.serving.batching.observer import BatchingObserver
    from tfsctl.serving.warmup.replay import WarmupObserver


class VersionLoaders:
    """Makes the loaders of one server. Thread-safe.

    `batching_observer` is told of batches, where there is batching; `model_loads` of all attempts to load;
    `warmup_observer` of the requests that warm up versions. `remote_models` is where versions are found, here and on
    stores.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        batching_observer: BatchingObserver | None = None,
        model_loads: ModelLoadMetrics | None = None,
        warmup_observer: WarmupObserver | None = None,
    ) -> None:
        self.remote_models = RemoteModels(max_num_load_retries=config.max_num_load_retries)
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
        self._aspired[name] = frozenset(found.version for found in storage_paths)
        return {found.version: self._loader(ServableId(name, found.version), found) for found in storage_paths}

    def stop(self) -> None:
        """Nothing that is being loaded is wanted any more."""
        self._is_stopping.set()

    def close(self) -> None:
        """End what loaders share, after the last version was unloaded."""
        self.remote_models.close()
        if self._batched_models is not None:
            self._batched_models.close()

    def _loader(self, servable_id: ServableId, found: StoragePath) -> Loader[Servable]:
        is_wanted = partial(self._is_wanted, servable_id.name, servable_id.version)

        def load_from(path: Path) -> SavedModelLoader:
            return SavedModelLoader(
                servable_id,
                path,
                self._config,
                batched_models=self._batched_models,
                record_load=partial(self._model_loads.record, str(found.path)),
                warmup_observer=self._warmup_observer,
                is_wanted=is_wanted,
            )

        return loader_for(self.remote_models, servable_id, found.path, load_from=load_from, is_wanted=is_wanted)

    def _is_wanted(self, name: str, version: int) -> bool:
        return not self._is_stopping.is_set() and version in self._aspired.get(name, ())

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
