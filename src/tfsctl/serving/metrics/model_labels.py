"""Which model names are counted under their own names.

TF Serving counts any name that a client sends, so that a client can fill its memory, and Prometheus's, with made-up
ones. Here a name that is not configured gets its own cells if it is among the first `MAX_OTHERS` and not longer than
`MAX_LENGTH`; all else is counted under `OTHER`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

MAX_OTHERS = 1000
MAX_LENGTH = 256
OTHER = "(other)"


class ModelLabels:
    """The label values for model names. Thread-safe.

    `model_names` gives the names that are configured at the moment.
    """

    def __init__(self, model_names: Callable[[], Collection[str]]) -> None:
        self._model_names = model_names
        self._others = {""}
        self._lock = threading.Lock()

    def label(self, name: str) -> str:
        """`name`, or `OTHER`. Ask again each time: what is configured changes."""
        if name in self._others or name in self._model_names():
            return name
        with self._lock:
            if len(name) > MAX_LENGTH or len(self._others) > MAX_OTHERS:
                return OTHER
            self._others.add(name)
            return name
