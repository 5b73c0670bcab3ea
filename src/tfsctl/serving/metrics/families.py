"""Metrics by name: a family holds a cell for each set of label values.

Names are TF Serving's own, `/tensorflow/serving/request_count`; metrics/exposition.py turns them into Prometheus's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, Literal, Protocol, TypeVar

from tfsctl.serving.metrics.cells import CounterCell, Distribution, GaugeCell, HistogramCell

Kind = Literal["counter", "gauge", "histogram"]
Value = float | Distribution
CellT = TypeVar("CellT", CounterCell, GaugeCell, HistogramCell)


class Family(Protocol):
    """What the exposition asks of a metric."""

    name: str
    kind: Kind
    labels: tuple[str, ...]

    def values(self) -> Iterable[tuple[tuple[str, ...], Value]]:
        """Each cell's label values, in the order of `labels`, and what it holds."""


class _CellFamily(Generic[CellT]):
    """Cells by their label values. Thread-safe; `cell` makes one where there is none, and takes no lock else."""

    def __init__(self, name: str, labels: tuple[str, ...], make_cell: Callable[[], CellT]) -> None:
        self.name = name
        self.labels = labels
        self._make_cell: Callable[[], CellT] = make_cell
        self._lock = threading.Lock()
        self._cells: Mapping[tuple[str, ...], CellT] = {}  # Replaced, never changed: readers take no lock.

    def cell(self, *label_values: str) -> CellT:
        """The cell for these values, one for each label. Ask once and keep it where it is used often."""
        cell = self._cells.get(label_values)
        if cell is not None:
            return cell
        if len(label_values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, given {label_values}")
        with self._lock:
            cell = self._cells.get(label_values)
            if cell is None:
                cell = self._make_cell()
                self._cells = {**self._cells, label_values: cell}
            return cell

    def forget(self, **label_values: str) -> None:
        """Drop the cells with these values: they are not shown any more."""
        wanted = [(self.labels.index(label), value) for label, value in label_values.items()]
        with self._lock:
            self._cells = {
                values: cell
                for values, cell in self._cells.items()
                if not all(values[index] == value for index, value in wanted)
            }

    def cells(self) -> Mapping[tuple[str, ...], CellT]:
        """All cells there are now, by their label values."""
        return self._cells


class Counter(_CellFamily[CounterCell]):
    """Numbers that only grow."""

    kind: Kind = "counter"

    def __init__(self, name: str, *labels: str) -> None:
        super().__init__(name, labels, CounterCell)

    def values(self) -> Iterable[tuple[tuple[str, ...], Value]]:
        """What each cell holds."""
        return [(labels, cell.value) for labels, cell in self.cells().items()]


class Gauge(_CellFamily[GaugeCell]):
    """Numbers that go up and down."""

    kind: Kind = "gauge"

    def __init__(self, name: str, *labels: str) -> None:
        super().__init__(name, labels, GaugeCell)

    def values(self) -> Iterable[tuple[tuple[str, ...], Value]]:
        """What each cell holds."""
        return [(labels, cell.value) for labels, cell in self.cells().items()]


class Histogram(_CellFamily[HistogramCell]):
    """Values counted by buckets with these ascending upper limits; one more bucket takes what is beyond."""

    kind: Kind = "histogram"

    def __init__(self, name: str, *labels: str, limits: Iterable[float]) -> None:
        limits = tuple(limits)
        super().__init__(name, labels, lambda: HistogramCell(limits))

    def values(self) -> Iterable[tuple[tuple[str, ...], Value]]:
        """What each cell holds."""
        return [(labels, cell.read()) for labels, cell in self.cells().items()]


class Computed:
    """A metric that is worked out whenever it is asked for."""

    def __init__(
        self, name: str, *labels: str, kind: Kind, read: Callable[[], Mapping[tuple[str, ...], float]]
    ) -> None:
        self.name = name
        self.kind: Kind = kind
        self.labels = labels
        self._read = read

    def values(self) -> Iterable[tuple[tuple[str, ...], Value]]:
        """What there is now."""
        return list(self._read().items())


def exponential(scale: float, growth: float, num_limits: int) -> tuple[float, ...]:
    """Limits that start at `scale`, each `growth` times the one before."""
    return tuple(scale * growth**power for power in range(num_limits))
