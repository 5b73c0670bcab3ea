"""Reads the model config file again and again, and has the server follow it (tensorflow-serving.md §3.6)."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.errors import DeadlineExceededError, TfsctlError

if TYPE_CHECKING:
    from tfsctl.serving.server_core import ServerCore

_LOGGER = logging.getLogger("tfsctl.serving")

_JOIN_SECONDS = 1.0


class ModelConfigFilePoller:
    """Polls at once and then every `poll_wait_seconds`, in a thread.

    A file that cannot be read or is refused changes nothing: what was in force stays, the file is tried again at the
    next poll, and the log says once what is wrong. A model that is long in coming does not keep the next edit waiting.
    """

    def __init__(self, core: ServerCore, path: Path, *, poll_wait_seconds: float) -> None:
        self._core = core
        self._path = path
        self._poll_wait_seconds = poll_wait_seconds
        self._last_trouble: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model-config-file", daemon=True)

    def start(self) -> None:
        """Begin to poll. Once."""
        self._thread.start()

    def stop(self) -> None:
        """Poll no more. To be called after `ServerCore.start_draining`, which ends a poll that waits for models."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_SECONDS)

    def poll_once(self) -> None:
        """Read the file now, in this thread, and follow it if it says something new."""
        from tfsctl.serving.models.model_config_file import models_of, read_model_config_file

        trouble = "Failed to read ModelServerConfig file"
        try:
            config = read_model_config_file(self._path)
            trouble = "PollFilesystemAndReloadConfig failed to ReloadConfig"
            models = models_of(config, is_set=self._core.is_configured)
            if models is not None and models != self._core.models():
                _LOGGER.info("Following the changes in %s", self._path)
                self._core.reload(models, timeout_seconds=self._poll_wait_seconds)
        except DeadlineExceededError as error:
            _LOGGER.info("%s", error)
        except TfsctlError as error:
            self._log(f"{trouble}: {error}{f' ({error.hint})' if error.hint else ''}")
            return
        self._last_trouble = None

    def _log(self, trouble: str) -> None:
        if trouble != self._last_trouble and not self._stopping.is_set():
            _LOGGER.error("%s", trouble)
        self._last_trouble = trouble

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.poll_once()
            self._stopping.wait(self._poll_wait_seconds)
