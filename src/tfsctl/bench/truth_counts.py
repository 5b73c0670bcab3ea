"""Counts verdicts: which class was taken for which, and which answers were wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tfsctl.bench.truth import ConfusionMatrix, Misread

if TYPE_CHECKING:
    from tfsctl.bench.truth import Verdict
    from tfsctl.bench.workload import Workload

MAX_CLASSES = 200
MAX_MISREAD = 40


class _WrongRow(NamedTuple):
    """Ordered by the request and the row in it."""

    number: int
    row: int
    expected: int
    predicted: int


class TruthCounts:
    """What is kept of verdicts while a measurement runs: little, whatever their number.

    Not thread-safe: make one for each thread with `TruthCounts.of(workload)`, call `add` for every answer that came
    (failed calls have no verdict), and `merge` them at the end, those of other processes too: it is picklable. Then
    `confusion()` and `misread(workload)` are what a `LevelResult` wants. An answer that is wrong counts once in
    `num_wrong`; the confusion matrix counts each of its rows.
    """

    def __init__(self, *, class_names: tuple[str, ...], num_requests: int) -> None:
        self.num_wrong = 0
        self._class_names = class_names
        self._num_requests = num_requests
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._wrong: set[_WrongRow] = set()

    @classmethod
    def of(cls, workload: Workload) -> TruthCounts:
        """None counted yet."""
        return cls(class_names=workload.class_names, num_requests=workload.num_requests)

    def add(self, number: int, verdict: Verdict) -> None:
        """Count the verdict on the answer to the `number`-th request, as it was passed to `Workload.request`."""
        self.num_wrong += not verdict.is_right
        if verdict.expected is None:
            return
        for row, (expected, predicted) in enumerate(verdict.classes or ((verdict.expected, verdict.predicted),)):
            if predicted is None or not 0 <= predicted < len(self._class_names):
                continue
            if len(self._class_names) <= MAX_CLASSES:
                self._pairs[expected, predicted] += 1
            if expected != predicted:
                self._keep(_WrongRow(number % self._num_requests, row, expected, predicted))

    def merge(self, other: TruthCounts) -> None:
        """Add what `other` counted."""
        self.num_wrong += other.num_wrong
        self._pairs.update(other._pairs)
        for wrong in other._wrong:
            self._keep(wrong)

    def confusion(self) -> ConfusionMatrix | None:
        """Which class was taken for which; None where answers are no classes, or there are more than 200.

        An answer beyond all known classes, or of none, is in `num_wrong` alone.
        """
        if not self._pairs:
            return None
        numbers = range(len(self._class_names))
        counts = tuple(tuple(self._pairs[expected, predicted] for predicted in numbers) for expected in numbers)
        return ConfusionMatrix(self._class_names, counts)

    def misread(self, workload: Workload) -> tuple[Misread, ...]:
        """The wrong answers to the requests of the lowest numbers, 40 at most, each kind of answer once."""
        return tuple(
            Misread(wrong.number, wrong.expected, wrong.predicted, workload.picture(wrong.number, wrong.row))
            for wrong in sorted(self._wrong)
        )

    def _keep(self, wrong: _WrongRow) -> None:
        self._wrong.add(wrong)
        if len(self._wrong) > MAX_MISREAD:
            self._wrong.remove(max(self._wrong))
