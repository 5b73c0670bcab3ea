"""Counts what batching does, in TF Serving's metrics (tensorflow-serving.md §7.2)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tfsctl.serving.metrics.families import Computed, Histogram, exponential
from tfsctl.serving.metrics.server_metrics import Metrics

_PADDING_SIZE = "/tensorflow/serving/batching_session/padding_size"


class MetricsObserver:
    """A `BatchingObserver` that fills the `batching_session` metrics. Thread-safe."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # TF Serving leaves the value of this label empty.
        self._queuing_latency = metrics.batching_queuing_latency.cell("")
        self._padding_size: Histogram | None = None
        self._lock = threading.Lock()

    def queues_made(self, *, num_waiting_batches: Callable[[], int], num_running_batches: Callable[[], int]) -> None:
        """See `BatchingObserver`."""
        for name, count in (("waiting", num_waiting_batches), ("running", num_running_batches)):
            self._metrics.add(_gauge(f"/tfsctl/serving/batching_{name}_batches", count))

    def request_received(self, num_rows: int, *, num_inputs: int) -> None:
        """See `BatchingObserver`."""
        cell = self._metrics.batching_input_batch_size.cell()
        for _ in range(num_inputs):
            cell.record(num_rows)

    def task_dequeued(self, queuing_seconds: float) -> None:
        """See `BatchingObserver`."""
        self._queuing_latency.record(queuing_seconds * 1e6)

    def batch_formed(self, num_rows: int, *, num_padding_rows: int) -> None:
        """See `BatchingObserver`."""
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


def _gauge(name: str, count: Callable[[], int]) -> Computed:
    return Computed(name, kind="gauge", read=lambda: {(): count()})
