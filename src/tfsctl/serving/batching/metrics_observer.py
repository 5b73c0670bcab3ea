"""Counts what batching does, in TF Serving's metrics (tensorflow-serving.md §7.2)."""

from __future__ import annotations

import threading

from tfsctl.serving.metric_families import Histogram, exponential
from tfsctl.serving.metrics import Metrics

_PADDING_SIZE = "/tensorflow/serving/batching_session/padding_size"


class MetricsObserver:
    """A `BatchingObserver` that fills the `batching_session` metrics. Thread-safe."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # TF Serving leaves the value of this label empty.
        self._queuing_latency = metrics.batching_queuing_latency.cell("")
        self._padding_size: Histogram | None = None
        self._lock = threading.Lock()

    def task_dequeued(self, queuing_seconds: float) -> None:
        """See `BatchingObserver`."""
        self._queuing_latency.record(queuing_seconds * 1e6)

    def batch_merged(self, num_rows: int, *, num_padding_rows: int, num_inputs: int) -> None:
        """See `BatchingObserver`."""
        for _ in range(num_inputs):
            self._metrics.batching_input_batch_size.cell().record(num_rows)
        self._metrics.batching_processed_batch_size.cell().record(num_rows)
        self._padding_sizes().cell(str(num_rows)).record(num_padding_rows)

    def batch_run(self) -> None:
        """See `BatchingObserver`."""
        self._metrics.batching_wrapped_run_count.cell().increment()

    def _padding_sizes(self) -> Histogram:
        """This one is not shown before there is something to show."""
        if self._padding_size is None:
            with self._lock:
                if self._padding_size is None:
                    family = Histogram(_PADDING_SIZE, "execution_batch_size", limits=exponential(1, 2, 14))
                    self._metrics.add(family)
                    self._padding_size = family
        return self._padding_size
