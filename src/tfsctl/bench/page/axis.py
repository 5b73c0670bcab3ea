"""From values to places on a chart, and the values that are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """One direction of a chart.

    Attributes:
        lowest, highest: Of the values; they differ.
        start, end: Where these lie, in pixels. `end` is the smaller one where values grow upwards.
        is_log: Whether equal ratios, not differences, have equal lengths. Then `lowest` is above 0.
        ticks: The values that are written, ascending, and how.
    """

    lowest: float
    highest: float
    start: float
    end: float
    ticks: tuple[tuple[float, str], ...]
    is_log: bool = False

    def at(self, value: float) -> float:
        """Where a value lies; one outside lies on the border."""
        value = min(max(value, self.lowest), self.highest)
        if self.is_log:
            part = math.log(value / self.lowest) / math.log(self.highest / self.lowest)
        else:
            part = (value - self.lowest) / (self.highest - self.lowest)
        return self.start + part * (self.end - self.start)


def linear_axis(highest: float, *, start: float, end: float, num_ticks: int = 5) -> Axis:
    """From 0 up to a round value that is not below `highest`."""
    highest = highest if highest > 0 else 1.0
    step = round_step(highest / num_ticks)
    top = step * math.ceil(highest / step - 1e-9)
    ticks = tuple((step * n, tick_text(step * n)) for n in range(round(top / step) + 1))
    return Axis(lowest=0.0, highest=top, start=start, end=end, ticks=ticks)


def span_axis(highest: float, *, start: float, end: float, num_ticks: int = 6) -> Axis:
    """From 0 to exactly `highest`, as time needs it."""
    highest = highest if highest > 0 else 1.0
    step = round_step(highest / num_ticks)
    ticks = tuple((step * n, tick_text(step * n)) for n in range(int(highest / step + 1e-9) + 1))
    return Axis(lowest=0.0, highest=highest, start=start, end=end, ticks=ticks)


def log_axis(lowest: float, highest: float, *, start: float, end: float, max_ticks: int = 8) -> Axis:
    """From `lowest` to `highest`, both above 0, with a little air."""
    if highest < lowest * 1.2:
        lowest, highest = lowest / 1.1, highest * 1.1
    lowest, highest = lowest / 1.04, highest * 1.04
    values = _log_ticks(lowest, highest, max_ticks)
    ticks = tuple((value, tick_text(value)) for value in values)
    return Axis(lowest=lowest, highest=highest, start=start, end=end, ticks=ticks, is_log=True)


def tick_text(value: float) -> str:
    """`0`, `2.5`, `1,500`: no more digits than a round value has."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def round_step(step: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is not below `step`."""
    power: float = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= step * (1 - 1e-9))


def _log_ticks(lowest: float, highest: float, max_ticks: int) -> Sequence[float]:
    """1, 2, 5, 10 …; 1, 3, 10 … or powers of ten where these are too many; equal steps where they are too few."""
    fine = list(_powers(lowest, highest, (1, 2, 5)))
    if len(fine) < 3:
        step = round_step((highest - lowest) / min(4, max_ticks))
        return [step * n for n in range(math.ceil(lowest / step), math.floor(highest / step) + 1)]
    if len(fine) <= max_ticks:
        return fine
    middling = list(_powers(lowest, highest, (1, 3)))
    if len(middling) <= max_ticks:
        return middling
    coarse = list(_powers(lowest, highest, (1,)))
    return coarse[:: math.ceil(len(coarse) / max_ticks)]


def _powers(lowest: float, highest: float, factors: Sequence[int]) -> Iterator[float]:
    for exponent in range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1):
        yield from (value for factor in factors if lowest <= (value := factor * 10.0**exponent) <= highest)
