"""Counts and times what models run: by signature and version, which TF Serving's own metrics do not tell."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from tfsctl.core import ServableId
from tfsctl.errors import Code, TfsctlError
from tfsctl.serving.metric_cells import CounterCell, HistogramCell
from tfsctl.serving.metric_families import Counter, Histogram
from tfsctl.serving.servable import Servable

T = TypeVar("T")

# What TF Serving's stock binary says of every session, whatever the model's age (tensorflow-serving.md §7.2).
_RUNTIME = "TF1"


class RunCells:
    """Where the runs of one signature of one version are noted. Thread-safe; worth keeping."""

    __slots__ = ("_count", "_labels", "_latency", "_num_ok")

    def __init__(self, count: Counter, latency: HistogramCell, labels: tuple[str, str, str, str]) -> None:
        self._count = count
        self._labels = labels
        self._latency = latency
        self._num_ok: CounterCell | None = None

    def succeed(self, started: float) -> None:
        """A run that began at `started`, by `time.perf_counter`, has given its outputs."""
        micros = (perf_counter() - started) * 1e6
        if self._num_ok is None:
            self._num_ok = self._count.cell(*self._labels, Code.OK.name)
        self._latency.record(micros)
        self._num_ok.increment()

    def fail(self, code: Code) -> None:
        """The inputs were refused, or the run failed."""
        self._count.cell(*self._labels, code.name).increment()


class RunMetrics:
    """The runs of all models. Thread-safe."""

    def __init__(self, latency: Histogram) -> None:
        self._latency = latency
        self._count = Counter(
            "/tfsctl/serving/signature_request_count", "model_name", "version", "signature_name", "API", "status"
        )
        self.families = (self._count,)
        self._cells: dict[tuple[str, int, str, str], RunCells] = {}

    def cells(self, servable_id: ServableId, signature_name: str, api: str = "Predict") -> RunCells:
        """The cells for one signature of a loaded version; `api` is `Predict`, `Classify` or `Regress`."""
        key = (servable_id.name, servable_id.version, signature_name, api)
        cells = self._cells.get(key)
        if cells is None:
            labels = (servable_id.name, str(servable_id.version), signature_name, api)
            cells = RunCells(self._count, self._latency.cell(servable_id.name, api, _RUNTIME), labels)
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
        self._count.forget(model_name=servable_id.name, version=str(servable_id.version))
