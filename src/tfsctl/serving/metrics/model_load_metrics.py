"""How often models are loaded, and how long that takes, in the metrics of TensorFlow's own loader.

They stand on every page of TF Serving, though not by its doing (tensorflow-serving.md §7.2).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from tfsctl.serving.metrics.families import Computed, Counter, Family

T = TypeVar("T")

_TF = "/tensorflow/cc/saved_model/"
# A server that swaps versions for years stays small: of more paths than this the oldest are forgotten.
MAX_PATHS = 1000


class ModelLoadMetrics:
    """Notes attempts to load a model from a path. Thread-safe."""

    def __init__(self) -> None:
        self._attempts = Counter(_TF + "load_attempt_count", "model_path", "status")
        self._micros: dict[str, int] = {}  # By path, the oldest first.
        self._lock = threading.Lock()
        latency = Computed(_TF + "load_latency", "model_path", kind="counter", read=self._latencies)
        self.families: tuple[Family, ...] = (self._attempts, latency)

    def record(self, path: str, load: Callable[[], T]) -> T:
        """Call `load`, which loads the model at `path`, and note how it went; what it raises is raised again."""
        started = perf_counter()
        try:
            result = load()
        except BaseException:
            self._note(path, "fail", 0)
            raise
        self._note(path, "success", round((perf_counter() - started) * 1e6))
        return result

    def _note(self, path: str, status: str, micros: int) -> None:
        with self._lock:
            self._micros[path] = self._micros.pop(path, 0) + micros
            self._attempts.cell(path, status).increment()
            while len(self._micros) > MAX_PATHS:
                oldest = next(iter(self._micros))
                del self._micros[oldest]
                self._attempts.forget(model_path=oldest)

    def _latencies(self) -> dict[tuple[str, ...], float]:
        """Successes only, and all of those from one path together."""
        with self._lock:
            return {(path,): micros for path, micros in self._micros.items() if micros}
