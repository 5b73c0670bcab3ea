"""Loads a version that lies on a store: from a copy on this machine, which stays until it is unloaded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from tfsctl.core import Loader, ServableId
from tfsctl.errors import TfsctlError, UnavailableError
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.remote.file import Files, total_size
from tfsctl.serving.remote.models import RemoteModels

_LOGGER = logging.getLogger("tfsctl.serving")

LoadFrom = Callable[[Path], Loader[Servable]]
"""Makes the loader for a directory of this machine."""


class RemoteLoader:
    """A `tfsctl.core.Loader`. Making one asks nothing of the store.

    `load_from` makes the loader of the copy; a download is given up when `is_wanted` says no. `note_attempt` is told of
    the files of every attempt: None where the store is to blame. The copy stays while the model is loaded: an operation
    of a graph may read its assets at any time.
    """

    def __init__(
        self,
        models: RemoteModels,
        servable_id: ServableId,
        uri: str,
        *,
        load_from: LoadFrom,
        is_wanted: Callable[[], bool],
        note_attempt: Callable[[Files | None], None],
    ) -> None:
        self._models = models
        self._id = servable_id
        self._uri = uri
        self._load_from = load_from
        self._is_wanted = is_wanted
        self._note_attempt = note_attempt
        self._loaded: tuple[Loader[Servable], Path] | None = None

    def load(self) -> Servable:
        """Download the version and load it. Nothing is left on the disk when this raises.

        Raises:
            NotFoundError: there is no SavedModel, or not yet.
            UnavailableError: the store does not answer, or the files were changed meanwhile.
            ResourceExhaustedError: the disk is full.
            CancelledError: the version is not wanted any more.
            TfsctlError: what else the store, the disk and the loader of the copy raise; their texts name the URI.
        """
        self._note_attempt(None)
        files = self._models.files(self._uri)
        self._note_attempt(files)
        try:
            return self._load(files)
        except UnavailableError:
            self._note_attempt(None)
            raise

    def unload(self, servable: Servable) -> None:
        """Unload it, then remove the copy."""
        assert self._loaded is not None
        loader, copy = self._loaded
        self._loaded = None
        try:
            loader.unload(servable)
        finally:
            self._models.remove(copy)

    def _load(self, files: Files) -> Servable:
        copy = self._models.download(self._uri, files, is_wanted=self._is_wanted)
        _LOGGER.info("Downloaded %s from %s: %.3g MB", self._id, self._uri, total_size(files) / 1e6)
        try:
            loader = self._load_from(copy)
            servable = loader.load()
        except BaseException as error:
            self._models.remove(copy)
            if isinstance(error, TfsctlError):
                _name_uri(error, copy, self._uri)
            raise
        self._loaded = (loader, copy)
        return servable


def _name_uri(error: TfsctlError, copy: Path, uri: str) -> None:
    """Have an error speak of what people know, not of the copy."""
    error.message = error.message.replace(str(copy), uri)
    if error.hint is not None:
        error.hint = error.hint.replace(str(copy), uri)
    error.args = (error.message,)
