"""Ranges of loads as people write them: `8`, `1,2,8`, `1:64` by doubling, `1:64:8` in steps."""

from __future__ import annotations

import math
from itertools import product

from tfsctl.bench.level import Level
from tfsctl.errors import UsageError

_FORMS = "Write a number, a list such as 1,2,8, or a range such as 1:64 (1, 2, 4, … 64) or 8:64:8 (in steps)."
_MAX_VALUES = 1000


def parse_concurrency(text: str) -> tuple[int, ...]:
    """The numbers of requests in flight that `text` means, in its order.

    `1:64` is 1, 2, 4, … 64: doubled from the first on, the last always among them. `1:64:8` is 1, 9, 17, … up to 64.

    Raises:
        UsageError: it is no number, list or range, or one of them is not a whole number from 1 on.
    """
    values = _parse(text, "concurrency")
    if any(value != int(value) for value in values):
        raise UsageError(f"A concurrency is a whole number, not {text!r}.", hint=_FORMS)
    return tuple(int(value) for value in values)


def parse_rate(text: str) -> tuple[float, ...]:
    """The rates, in requests a second, that `text` means; as `parse_concurrency`, fractions allowed."""
    return _parse(text, "rate")


def levels_of(concurrency: tuple[int, ...], rates: tuple[float, ...] = ()) -> tuple[Level, ...]:
    """A level for each pair of the two, closed loops where there is no rate."""
    return tuple(Level(count, rate) for count, rate in product(concurrency, rates or (None,)))


def _parse(text: str, what: str) -> tuple[float, ...]:
    values = [value for part in text.split(",") for value in _part(part.strip(), text, what)]
    if len(values) > _MAX_VALUES:
        raise UsageError(f"The {what} {text!r} are {len(values)} levels; {_MAX_VALUES} is the most.")
    return tuple(dict.fromkeys(values))


def _part(part: str, text: str, what: str) -> list[float]:
    try:
        numbers = [float(number) for number in part.split(":")]
    except ValueError:
        raise UsageError(f"{text!r} is no {what}.", hint=_FORMS) from None
    if len(numbers) > 3 or not all(map(math.isfinite, numbers)):
        raise UsageError(f"{text!r} is no {what}.", hint=_FORMS)
    first, last, *step = [*numbers, numbers[0]] if len(numbers) == 1 else numbers
    if last < first:
        raise UsageError(f"The {what} {text!r} ends before it begins.", hint=_FORMS)
    if first <= 0 or (step and step[0] <= 0):
        raise UsageError(f"The {what} {text!r} must be above 0.", hint=_FORMS)
    return _stepped(first, last, step[0]) if step else _doubled(first, last)


def _stepped(first: float, last: float, step: float) -> list[float]:
    count = min(int((last - first) / step + 1e-9), _MAX_VALUES) + 1
    return [first + number * step for number in range(count)]


def _doubled(first: float, last: float) -> list[float]:
    values = [first]
    while values[-1] * 2 < last:
        values.append(values[-1] * 2)
    return values if values[-1] == last else [*values, last]
