"""Counts and times the requests of one entry point: gRPC or REST (tensorflow-serving.md §7.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TypeVar

from tfsctl.errors import Code, TfsctlError
from tfsctl.serving.metrics.cells import CounterCell, HistogramCell
from tfsctl.serving.metrics.families import Computed, Counter, Histogram
from tfsctl.serving.metrics.model_labels import ModelLabels

T = TypeVar("T")

_OURS = "/tfsctl/serving/"


class RequestCells:
    """Where requests for one model name and API are noted: one `start` for each, then `succeed` or `fail`.

    Thread-safe. Worth keeping: the cells are looked up once. They are made by the first success, so that a name that
    never was a model has none but its errors.
    """

    __slots__ = ("_api", "_latency", "_metrics", "_model_name", "_num_ok")

    def __init__(self, metrics: RequestMetrics, model_name: str, api: str) -> None:
        self._metrics = metrics
        self._model_name = model_name
        self._api = api
        self._latency: HistogramCell | None = None
        self._num_ok: CounterCell | None = None

    def start(self) -> float:
        """A request has come. Returns what `succeed` wants."""
        self._metrics.started.increment()
        return perf_counter()

    def succeed(self, started: float) -> None:
        """It is answered without an error."""
        micros = (perf_counter() - started) * 1e6
        if self._latency is None or self._num_ok is None:
            self._latency, self._num_ok = self._metrics.success_cells(self, self._model_name, self._api)
        self._latency.record(micros)
        self._num_ok.increment()
        self._metrics.finished.increment()

    def fail(self, code: Code) -> None:
        """It is answered with an error; its time is not noted."""
        self._metrics.count_failure(self._model_name, code)
        self._metrics.finished.increment()


class RequestMetrics:
    """The requests that came in at `entrypoint`, under the two metrics that all entry points share. Thread-safe."""

    def __init__(self, entrypoint: str, count: Counter, latency: Histogram, *, labels: ModelLabels) -> None:
        self.started = CounterCell()
        self.finished = CounterCell()
        self.entrypoint = entrypoint
        self._count = count
        self._latency = latency
        self._labels = labels
        self._answered: dict[tuple[str, str], RequestCells] = {}

    def cells(self, model_name: str, api: str) -> RequestCells:
        """The cells for requests whose model is `model_name`, empty where they name none."""
        return self._answered.get((model_name, api)) or RequestCells(self, model_name, api)

    def record(self, model_name: str, api: str, answer: Callable[[], T]) -> T:
        """Call `answer` for a request and note how it went; what it raises is raised again."""
        cells = self.cells(model_name, api)
        started = cells.start()
        try:
            result = answer()
        except TfsctlError as error:
            cells.fail(error.code)
            raise
        except BaseException:
            cells.fail(Code.INTERNAL)
            raise
        cells.succeed(started)
        return result

    def success_cells(self, cells: RequestCells, model_name: str, api: str) -> tuple[HistogramCell, CounterCell]:
        """Where successes are noted; called once for `cells`, which are kept: only models that exist answer."""
        label = self._labels.label(model_name)
        if label == model_name:
            self._answered[model_name, api] = cells
        return self._latency.cell(label, api, self.entrypoint), self._count.cell(label, Code.OK.name)

    def count_failure(self, model_name: str, code: Code) -> None:
        """Note that a request ended with `code`."""
        self._count.cell(self._labels.label(model_name), code.name).increment()

    @staticmethod
    def in_flight_family(*entrypoints: RequestMetrics) -> Computed:
        """A gauge of the requests that are being answered."""

        def read() -> dict[tuple[str, ...], float]:
            # What is finished first: a request that ends in between must not make the difference negative.
            finished = [metrics.finished.value for metrics in entrypoints]
            pairs = zip(entrypoints, finished, strict=True)
            return {(metrics.entrypoint,): metrics.started.value - num for metrics, num in pairs}

        return Computed(_OURS + "requests_in_flight", "entrypoint", kind="gauge", read=read)


def waiting_family(num_waiting: Mapping[str, Callable[[], int]]) -> Computed:
    """A gauge of the requests that wait for a thread, by the entry point that `num_waiting` tells them for."""

    def read() -> dict[tuple[str, ...], float]:
        return {(entrypoint,): count() for entrypoint, count in num_waiting.items()}

    return Computed(_OURS + "requests_waiting", "entrypoint", kind="gauge", read=read)
