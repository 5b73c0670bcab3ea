"""Counts warm-ups in TF Serving's metrics (tensorflow-serving.md §7.2)."""

from __future__ import annotations

from pathlib import Path

from tfsctl.serving.metrics.server_metrics import Metrics


class WarmupMetrics:
    """A `WarmupObserver` that fills the `model_warmup` metrics. Thread-safe.

    What is known of a version goes with it: a server that swaps versions for years stays small.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._latency = metrics.model_warmup_latency
        self._records_read = metrics.model_warmup_records_read

    def file_read(self, version_dir: Path, *, status: str, seconds: float, num_records: int) -> None:
        """See `WarmupObserver`."""
        self._latency.cell(str(version_dir), status).record(seconds * 1e6)
        self._records_read.cell(str(version_dir), status).add(num_records)

    def version_unloaded(self, version_dir: Path) -> None:
        """See `WarmupObserver`."""
        self._latency.forget(model_path=str(version_dir))
        self._records_read.forget(model_path=str(version_dir))
