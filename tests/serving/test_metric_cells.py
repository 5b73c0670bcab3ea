"""Cells: what they hold, and that threads lose nothing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tfsctl.serving.metrics.cells import CounterCell, GaugeCell, HistogramCell
from tfsctl.serving.metrics.families import Counter, Histogram, exponential

NUM_THREADS = 8
NUM_EACH = 20_000


@pytest.fixture
def switching_often() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def hammer(action: Callable[[], object], num_each: int = NUM_EACH) -> None:
    def work() -> None:
        for _ in range(num_each):
            action()

    threads = [threading.Thread(target=work) for _ in range(NUM_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_counter_counts_and_reading_does_not() -> None:
    cell = CounterCell()
    assert [cell.value, cell.value] == [0, 0]
    cell.increment()
    cell.add(3)
    assert [cell.value, cell.value] == [4, 4]


@pytest.mark.usefixtures("switching_often")
def test_counter_hammered_by_threads_loses_nothing() -> None:
    cell = CounterCell()
    hammer(cell.increment)
    assert cell.value == NUM_THREADS * NUM_EACH


@pytest.mark.usefixtures("switching_often")
def test_counter_read_while_it_is_hammered_loses_nothing() -> None:
    cell = CounterCell()
    seen: list[int] = []

    def increment_and_read() -> None:
        cell.increment()
        seen.append(cell.value)

    hammer(increment_and_read, 2000)
    assert cell.value == NUM_THREADS * 2000
    assert 1 <= min(seen) <= max(seen) <= NUM_THREADS * 2000


@pytest.mark.usefixtures("switching_often")
def test_histogram_hammered_by_threads_loses_nothing() -> None:
    cell = HistogramCell([1, 10])
    hammer(lambda: cell.record(2.0), 5000)
    held = cell.read()
    assert (held.cumulative_counts, held.count, held.sum) == ((0, NUM_THREADS * 5000), NUM_THREADS * 5000, 80_000.0)


@pytest.mark.usefixtures("switching_often")
def test_family_hammered_by_threads_makes_one_cell_for_each_label() -> None:
    family = Counter("c", "status")
    hammer(lambda: family.cell("OK").increment(), 2000)
    assert list(family.values()) == [(("OK",), NUM_THREADS * 2000)]


@pytest.mark.parametrize(
    ("value", "counts"), [(0, (1, 1)), (9.99, (1, 1)), (10, (0, 1)), (19, (0, 1)), (20, (0, 0)), (1e9, (0, 0))]
)
def test_value_equal_to_a_limit_counts_in_the_next_bucket(value: float, counts: tuple[int, ...]) -> None:
    cell = HistogramCell([10, 20])
    cell.record(value)
    assert (cell.read().cumulative_counts, cell.read().count) == (counts, 1)


def test_gauge_holds_what_was_set_last() -> None:
    cell = GaugeCell()
    cell.set(3)
    cell.set(2)
    assert cell.value == 2


def test_exponential_limits_are_those_of_the_reference() -> None:
    assert exponential(1, 2, 4) == (1, 2, 4, 8)
    assert exponential(10, 1.8, 33)[4] == pytest.approx(104.976)


def test_forgotten_cells_are_not_shown() -> None:
    family = Counter("c", "model_name", "version")
    for labels in (("m", "1"), ("m", "2"), ("n", "1")):
        family.cell(*labels).increment()
    family.forget(model_name="m", version="1")
    assert sorted(family.cells()) == [("m", "2"), ("n", "1")]


def test_wrong_number_of_labels_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="model"):
        Histogram("h", "model", limits=[1]).cell()
