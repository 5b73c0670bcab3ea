"""How answers compare with what is known to be right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer was worth.

    Attributes:
        is_right: True also where nobody knows better.
        expected, predicted: Indices into the workload's `class_names`; None where the answer is no class. Of an answer
            with several rows those of the first wrong one, of the first where all are right.
        classes: These two for each row of an answer with several rows; else empty.
    """

    is_right: bool
    expected: int | None = None
    predicted: int | None = None
    classes: tuple[tuple[int, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey values of what was sent, to be drawn: row by row, 0 is black."""

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Misread:
    """A wrong answer: the number of the request among the workload's, and the classes as in `Verdict`."""

    number: int
    expected: int
    predicted: int
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """How often each class was taken for which.

    Attributes:
        class_names: In order.
        counts: `counts[expected][predicted]`.
    """

    class_names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
