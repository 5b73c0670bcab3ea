"""What answers are worth, where the right ones are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from tfsctl.bench.truth import Verdict
from tfsctl.errors import InternalError

Outputs = Mapping[str, "np.ndarray[Any, Any]"]
RIGHT = Verdict(is_right=True)
WRONG = Verdict(is_right=False)


class Judge(Protocol):
    """Compares answers with what is right. Picklable and thread-safe."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """As `Workload.class_names`."""

    def judge(self, rows: range, outputs: Outputs) -> Verdict:
        """What an answer to these rows is worth; it is right if every row is.

        Raises InternalError for an answer without the output that is compared, or with another number of rows.
        """


@dataclass(frozen=True, slots=True)
class ClassJudge:
    """Answers that are classes.

    The class of a row is, by what the output holds for it: the number of the largest of several scores; 1 or 0 for a
    single float that is at least 0.5 or not; a single whole number itself; the place of a text among the class names.
    A row with a NaN among its scores, or an unknown name, is of no class, and wrong.

    Attributes:
        output: The output's alias.
        expected: The right class of each row, as a number.
        class_names: In the order of the numbers.
    """

    output: str
    expected: Sequence[int]
    class_names: tuple[str, ...]
    _numbers: dict[bytes, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = {name.encode("utf-8", "surrogateescape"): number for number, name in enumerate(self.class_names)}
        object.__setattr__(self, "_numbers", numbers)

    def judge(self, rows: range, outputs: Outputs) -> Verdict:
        """See `Judge.judge`."""
        values = by_row(outputs, self.output, len(rows))
        predicted = [self._class(row) for row in values]
        expected = [self.expected[row] for row in rows]
        wrong = next((place for place, right in enumerate(expected) if predicted[place] != right), None)
        pairs = tuple(zip(expected, predicted, strict=True)) if len(rows) > 1 else ()
        shown = wrong or 0
        return Verdict(wrong is None, expected[shown], predicted[shown], pairs)

    def _class(self, values: np.ndarray) -> int | None:
        if values.dtype.kind == "O":
            return self._numbers.get(values[0])
        if len(values) > 1:
            best = int(values.argmax())
            return best if values[best] == values[best] else None  # argmax finds NaN first.
        if values.dtype.kind in "fV":
            return int(values[0] >= 0.5) if values[0] == values[0] else None
        return int(values[0])


@dataclass(frozen=True, slots=True)
class ValueJudge:
    """Answers that are numbers.

    A number is right if it differs from the expected one by no more than `tolerance` times 1, or times the expected one
    where that is larger.

    Attributes:
        output: The output's alias.
        expected: The right values, a row for each row of the inputs.
        tolerance: See above.
    """

    output: str
    expected: np.ndarray
    tolerance: float

    @property
    def class_names(self) -> tuple[str, ...]:
        """None: numbers are no classes."""
        return ()

    def judge(self, rows: range, outputs: Outputs) -> Verdict:
        """See `Judge.judge`."""
        values = by_row(outputs, self.output, len(rows))
        expected = self.expected[rows.start : rows.stop].reshape(len(rows), -1)
        return RIGHT if is_close(values, expected, self.tolerance) else WRONG


@dataclass(frozen=True, slots=True)
class RecordedJudge:
    """Answers that are compared with recorded ones, output by output; numbers as in `ValueJudge`, all else exactly.

    Attributes:
        expected: By request, the outputs that were recorded; None where none were, and every answer is right.
        tolerance: As in `ValueJudge`.
    """

    expected: Sequence[Outputs | None]
    tolerance: float

    @property
    def class_names(self) -> tuple[str, ...]:
        """None: it is whole outputs that are compared."""
        return ()

    def judge(self, rows: range, outputs: Outputs) -> Verdict:
        """See `Judge.judge`; a missing output is a wrong answer here."""
        recorded = self.expected[rows.start]
        if recorded is None:
            return RIGHT
        alike = all(
            alias in outputs and is_close(outputs[alias], array, self.tolerance) for alias, array in recorded.items()
        )
        return RIGHT if alike else WRONG


def is_close(values: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    """Whether two arrays have the same shape and, within the tolerance, the same values; NaN is the same as NaN."""
    if values.shape != expected.shape:
        return False
    if values.dtype.kind in "OSUb" or expected.dtype.kind in "OSUb" or values.dtype.names:
        return bool(np.array_equal(values, expected))
    kind = np.complex128 if "c" in {values.dtype.kind, expected.dtype.kind} else np.float64
    found, wanted = values.astype(kind), expected.astype(kind)
    with np.errstate(invalid="ignore"):  # Infinity minus infinity.
        near = np.abs(found - wanted) <= tolerance * np.maximum(1.0, np.abs(wanted))
    return bool((near & np.isfinite(wanted) | (found == wanted) | (np.isnan(found) & np.isnan(wanted))).all())


def by_row(outputs: Outputs, alias: str, num_rows: int) -> np.ndarray:
    """An output as [num_rows, …], whatever its shape; InternalError where it is not there or has other rows."""
    array = outputs.get(alias)
    if array is None:
        raise InternalError(f'The answer has no output "{alias}"; it has {", ".join(outputs) or "none"}.')
    is_whole = num_rows == 1 and array.size
    if not is_whole and (array.ndim == 0 or len(array) != num_rows or not array.size):
        raise InternalError(f'Output "{alias}" is {list(array.shape)} for {num_rows} rows of input.')
    return array.reshape(num_rows, -1)
