"""Loads one version of a model from its storage path, and lets it go again."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.core import ServableId
from tfsctl.runtime import load_model
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.servable import Servable

if TYPE_CHECKING:
    from tfsctl.serving.batching.batched_models import BatchedModels

_LOGGER = logging.getLogger("tfsctl.serving")


class SavedModelLoader:
    """A `tfsctl.core.Loader` for a SavedModel. Making one reads nothing. `batched_models` puts batching before it."""

    def __init__(
        self, servable_id: ServableId, path: Path, config: ServerConfig, *, batched_models: BatchedModels | None = None
    ) -> None:
        self._id = servable_id
        self._path = path
        self._config = config
        self._batched_models = batched_models

    def load(self) -> Servable:
        """Load the model. Raises what `tfsctl.runtime.load_model` and `BatchedModels.load` raise."""
        load = partial(
            load_model,
            self._path,
            tags=self._config.saved_model_tags,
            options=self._config.session_options,
            runtime=self._config.runtime,
        )
        model = load() if self._batched_models is None else self._batched_models.load(load, self._path)
        _LOGGER.info("Loaded %s from %s", self._id, self._path)
        return Servable(id=self._id, model=model)

    def unload(self, servable: Servable) -> None:
        """Close the model's session. The manager calls this once no request holds the servable any more."""
        servable.model.close()
        _LOGGER.info("Unloaded %s", self._id)
