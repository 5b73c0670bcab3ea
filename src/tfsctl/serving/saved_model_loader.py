"""Loads one version of a model from its storage path, and lets it go again."""

from __future__ import annotations

import logging
from pathlib import Path

from tfsctl.core import ServableId
from tfsctl.runtime import load_model
from tfsctl.serving.config import ServerConfig
from tfsctl.serving.servable import Servable

_LOGGER = logging.getLogger("tfsctl.serving")


class SavedModelLoader:
    """A `tfsctl.core.Loader` for a SavedModel. Making one reads nothing."""

    def __init__(self, servable_id: ServableId, path: Path, config: ServerConfig) -> None:
        self._id = servable_id
        self._path = path
        self._config = config

    def load(self) -> Servable:
        """Load the model. Raises what `tfsctl.runtime.load_model` raises."""
        model = load_model(
            self._path,
            tags=self._config.saved_model_tags,
            options=self._config.session_options,
            runtime=self._config.runtime,
        )
        _LOGGER.info("Loaded %s from %s", self._id, self._path)
        return Servable(id=self._id, model=model)

    def unload(self, servable: Servable) -> None:
        """Close the model's session. The manager calls this once no request holds the servable any more."""
        servable.model.close()
        _LOGGER.info("Unloaded %s", self._id)
