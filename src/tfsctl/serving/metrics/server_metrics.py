"""All that one server measures. Nothing here is global: two servers in a process count each for itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from tfsctl.serving.metrics.families import Computed, Counter, Family, Gauge, Histogram, exponential
from tfsctl.serving.metrics.model_labels import ModelLabels
from tfsctl.serving.metrics.model_load_metrics import ModelLoadMetrics
from tfsctl.serving.metrics.model_version_metrics import ModelVersionMetrics
from tfsctl.serving.metrics.process_metrics import process_families
from tfsctl.serving.metrics.request_metrics import RequestMetrics
from tfsctl.serving.metrics.run_metrics import RunMetrics

_TF = "/tensorflow/serving/"
_MICROS = exponential(10, 1.8, 33)


class Metrics:
    """The metrics of tensorflow-serving.md §7.2 under their names, and ours under `/tfsctl/serving/`. Thread-safe.

    `model_names` gives the configured models' names at any time: these are always counted under their own names,
    others up to a limit (metrics/model_labels.py).

    Families of parts that are off are shown without samples, as TF Serving shows them. The exception is
    `batching_session/padding_size`, which it makes on first use: `add` it then. `mlmd_map` never has any.
    """

    def __init__(self, model_names: Callable[[], Collection[str]] = tuple) -> None:
        self._families: dict[str, Family] = {}
        self.model_labels = ModelLabels(model_names)
        self.request_count = self._counter("request_count", "model_name", "status")
        self.request_latency = self._histogram("request_latency", "model_name", "API", "entrypoint", limits=_MICROS)
        self.runtime_latency = self._histogram("runtime_latency", "model_name", "API", "runtime", limits=_MICROS)
        self.request_example_counts = self._histogram("request_example_counts", "model", limits=exponential(1, 2, 15))
        self.add(_sums(self.request_example_counts, _TF + "request_example_count_total"))
        self.request_log_count = self._counter("request_log_count", "model_name", "status_code")
        self.model_warmup_latency = self._histogram("model_warmup_latency", "model_path", "status", limits=_MICROS)
        self.model_warmup_records_read = self._counter("model_warmup_records_read", "model_path", "status")
        self.mlmd_map = Gauge(_TF + "mlmd_map", "model_name", "version")
        self.add(self.mlmd_map)
        self.batching_queuing_latency = self._histogram(
            "batching_session/queuing_latency", "thread_pool_name", limits=exponential(100, 1.2, 52)
        )
        self.batching_wrapped_run_count = self._counter("batching_session/wrapped_run_count")
        sizes = exponential(1, 2, 14)
        self.batching_input_batch_size = self._histogram("batching_session/input_batch_size", limits=sizes)
        self.batching_processed_batch_size = self._histogram("batching_session/processed_batch_size", limits=sizes)
        self._add_ours()

    def add(self, family: Family) -> None:
        """Show one more metric; one of the same name is replaced."""
        self._families[family.name] = family

    def families(self) -> Mapping[str, Family]:
        """All metrics by their names, slashes and all."""
        return dict(self._families)

    def _add_ours(self) -> None:
        self.rest = RequestMetrics("REST", self.request_count, self.request_latency, labels=self.model_labels)
        self.grpc = RequestMetrics("GRPC", self.request_count, self.request_latency, labels=self.model_labels)
        self.runs = RunMetrics(self.runtime_latency, limits=_MICROS)
        self.model_loads = ModelLoadMetrics()
        self.model_versions = ModelVersionMetrics(when_ended=self.runs.forget)
        ours: tuple[Family, ...] = (
            RequestMetrics.in_flight_family(self.rest, self.grpc),
            _sums(self.request_latency, "/tfsctl/serving/request_latency_micros_total"),
            *self.runs.families,
            *self.model_versions.families,
            *self.model_loads.families,
            *process_families(),
        )
        for family in ours:
            self.add(family)

    def _counter(self, name: str, *labels: str) -> Counter:
        family = Counter(_TF + name, *labels)
        self.add(family)
        return family

    def _histogram(self, name: str, *labels: str, limits: Collection[float]) -> Histogram:
        family = Histogram(_TF + name, *labels, limits=limits)
        self.add(family)
        return family


def _sums(histogram: Histogram, name: str) -> Computed:
    """The sums of a histogram in whole numbers: its own print six digits, too few for a rate after a while."""

    def read() -> dict[tuple[str, ...], float]:
        return {labels: int(cell.read().sum) for labels, cell in histogram.cells().items()}

    return Computed(name, *histogram.labels, kind="counter", read=read)
