"""Loads one version of a model from its storage path, warms it up, and lets it go again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.core import ServableId
from tfsctl.runtime import Model, TfliteOptions, load_model
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.models.servable import Servable

if TYPE_CHECKING:
    from tfsctl.serving.batching.batched_models import BatchedModels
    from tfsctl.serving.warmup.replay import WarmupObserver

_LOGGER = logging.getLogger("tfsctl.serving")


class SavedModelLoader:
    """A `tfsctl.core.Loader` for a SavedModel. Making one reads nothing.

    `batched_models` puts batching before it. `record_load` calls the function that loads it, and may take the
    time. `warmup_observer` is told of its warm-up, which is given up when `is_wanted` says no.
    """

    def __init__(
        self,
        servable_id: ServableId,
        path: Path,
        config: ServerConfig,
        *,
        batched_models: BatchedModels | None = None,
        record_load: Callable[[Callable[[], Model]], Model] = lambda load: load(),
        warmup_observer: WarmupObserver | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._id = servable_id
        self._path = path
        self._config = config
        self._batched_models = batched_models
        self._record_load = record_load
        self._warmup_observer = warmup_observer
        self._is_wanted = is_wanted

    def load(self) -> Servable:
        """Load the model, and run the requests of its warm-up file.

        Raises what `tfsctl.runtime.load_model`, `BatchedModels.load` and `tfsctl.serving.warmup.replay.warm_up` raise.
        """
        load = partial(
            load_model,
            self._path,
            tags=self._config.saved_model_tags,
            options=self._config.session_options,
            runtime=self._config.runtime,
            tflite=_tflite_options(self._config),
        )
        load = partial(self._record_load, load)
        model = load() if self._batched_models is None else self._batched_models.load(load, self._path)
        servable = Servable(id=self._id, model=model)
        if self._config.enable_model_warmup:
            try:
                self._warm_up(servable)
            except BaseException:
                model.close()
                raise
        _LOGGER.info("Loaded %s from %s", self._id, self._path)
        return servable

    def unload(self, servable: Servable) -> None:
        """Close the model's session. The manager calls this once no request holds the servable any more."""
        servable.model.close()
        if self._warmup_observer is not None:
            self._warmup_observer.version_unloaded(self._path)
        _LOGGER.info("Unloaded %s", self._id)

    def _warm_up(self, servable: Servable) -> None:
        from tfsctl.serving.warmup.replay import warm_up

        warm_up(
            servable,
            self._path,
            num_request_iterations=self._config.num_request_iterations_for_warmup,
            check_method_name=self._config.enable_signature_method_name_check,
            observer=self._warmup_observer,
            is_wanted=self._is_wanted,
        )


def _tflite_options(config: ServerConfig) -> TfliteOptions | None:
    if not config.prefer_tflite_model:
        return None
    return TfliteOptions(
        num_pools=config.num_tflite_pools, num_interpreters_per_pool=config.num_tflite_interpreters_per_pool
    )
