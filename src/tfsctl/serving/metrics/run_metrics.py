"""Counts and times what models run: by signature and version, which TF Serving's own metrics do not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TypeVar

from tfsctl.core import ServableId
from tfsctl.errors import Code, TfsctlError
from tfsctl.serving.metrics.cells import HistogramCell
from tfsctl.serving.metrics.families import Computed, Counter, Family, Histogram
from tfsctl.serving.models.servable import Servable

T = TypeVar("T")

# What TF Serving's stock binary says of every session, whatever the model's age (tensorflow-serving.md §7.2).
_RUNTIME = "TF1"
_OURS = "/tfsctl/serving/"
_LABELS = ("model_name", "version", "signature_name", "API")


class RunCells:
    """Where the runs of one signature of one version are noted. Thread-safe; worth keeping.

    The histograms' cells are made by the first success: TF Serving shows none before.
    """

    __slots__ = ("_failures", "_labels", "_latencies", "_latency", "_runtime_latencies", "_runtime_latency")

    def __init__(
        self,
        failures: Counter,
        latencies: Histogram,
        runtime_latencies: Histogram,
        labels: tuple[str, str, str, str],
    ) -> None:
        self._failures = failures
        self._latencies = latencies
        self._runtime_latencies = runtime_latencies
        self._labels = labels
        self._latency: HistogramCell | None = None
        self._runtime_latency: HistogramCell | None = None

    def succeed(self, started: float) -> None:
        """A run that began at `started`, by `time.perf_counter`, has given its outputs."""
        micros = (perf_counter() - started) * 1e6
        if self._latency is None or self._runtime_latency is None:
            name, _, _, api = self._labels
            self._runtime_latency = self._runtime_latencies.cell(name, api, _RUNTIME)
            self._latency = self._latencies.cell(*self._labels)
        self._latency.record(micros)
        self._runtime_latency.record(micros)

    def fail(self, code: Code) -> None:
        """The inputs were refused, or the run failed."""
        self._failures.cell(*self._labels, code.name).increment()


class RunMetrics:
    """The runs of all models; those that succeed are also noted in `runtime_latency`. Thread-safe.

    What succeeds is counted by its latencies: a run costs no counter.
    """

    def __init__(self, runtime_latency: Histogram, *, limits: Iterable[float]) -> None:
        self._runtime_latency = runtime_latency
        self._latencies = Histogram(_OURS + "signature_latency", *_LABELS, limits=limits)
        self._failures = Counter(_OURS + "signature_failure_count", *_LABELS, "status")
        count = Computed(_OURS + "signature_request_count", *_LABELS, "status", kind="counter", read=self._counts)
        self.families: tuple[Family, ...] = (count, self._latencies)
        self._cells: dict[tuple[str, int, str, str], RunCells] = {}

    def cells(self, servable_id: ServableId, signature_name: str, api: str = "Predict") -> RunCells:
        """The cells for one signature of a loaded version; `api` is `Predict`, `Classify` or `Regress`."""
        key = (servable_id.name, servable_id.version, signature_name, api)
        cells = self._cells.get(key)
        if cells is None:
            labels = (servable_id.name, str(servable_id.version), signature_name, api)
            cells = RunCells(self._failures, self._latencies, self._runtime_latency, labels)
            self._cells[key] = cells
        return cells

    def record(self, servable: Servable, signature_name: str, api: str, run: Callable[[], T]) -> T:
        """Call `run` and note how it went; what it raises is raised again.

        A name that is none of the version's signatures is not noted: clients can make up any number of them.
        """
        if signature_name not in servable.model.info.signature_defs:
            return run()
        cells = self.cells(servable.id, signature_name, api)
        started = perf_counter()
        try:
            result = run()
        except TfsctlError as error:
            cells.fail(error.code)
            raise
        cells.succeed(started)
        return result

    def forget(self, servable_id: ServableId) -> None:
        """Drop what was noted of a version that is gone, so that a server that swaps them for years stays small."""
        for key in list(self._cells):
            if key[:2] == (servable_id.name, servable_id.version):
                self._cells.pop(key, None)
        for family in (self._failures, self._latencies):
            family.forget(model_name=servable_id.name, version=str(servable_id.version))

    def _counts(self) -> dict[tuple[str, ...], float]:
        answered = {(*labels, Code.OK.name): cell.read().count for labels, cell in self._latencies.cells().items()}
        return {**answered, **{labels: cell.value for labels, cell in self._failures.cells().items()}}
