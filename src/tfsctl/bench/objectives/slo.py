"""Objectives that a measurement must meet: `p99<20ms`, `errors<0.1%`, `throughput@64>500`.

    objective := measure [ "@" level ] ("<" | "<=" | ">" | ">=") number [ unit ]

`level` is a concurrency (`@64`) or a rate (`@500/s`); without one the objective is for every level. Several objectives
are separated by commas.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from tfsctl.bench.objectives.measures import KNOWN, Measure, measure_named
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.report.report import BenchReport

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_OPERATOR = re.compile(r"[<>=!~]+")
_LIMIT = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(\S*)\s*")
_LEVEL = re.compile(r"([0-9]+)|([0-9]*\.?[0-9]+)/s")
_EXAMPLE = "Write it as 'p99<20ms', 'errors<0.1%' or 'throughput>500'."


@dataclass(frozen=True, slots=True)
class Objective:
    """One limit.

    Attributes:
        text: As it was written.
        measure: Which figure.
        comparison: `<`, `<=`, `>` or `>=`.
        limit: Milliseconds, a percentage, a plain number, or answers a second.
        unit: As it was written: `ms`, `%`, …; empty for plain numbers.
        concurrency, rate: Of the only level that is judged; None for both means all.
    """

    text: str
    measure: Measure
    comparison: str
    limit: float
    unit: str = ""
    concurrency: int | None = None
    rate: float | None = None

    def applies_to(self, level: Level) -> bool:
        """Whether this level is to be judged."""
        if self.rate is not None:
            return level.rate == self.rate
        return self.concurrency is None or level.concurrency == self.concurrency

    def judge(self, result: LevelResult) -> Judgement:
        """Whether a level meets this."""
        value = self.measure.read(result, self.unit)
        is_met = value is not None and _OPERATORS[self.comparison](value, self.limit)
        why = "" if value is not None else self.measure.why_none(result)
        return Judgement(objective=self, level=result.level, value=value, is_met=is_met, why_no_value=why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What came of an objective at one level.

    Attributes:
        objective, level: Which.
        value: What was measured, in the unit of `Objective.limit`; None where there is nothing to judge.
        is_met: False also where there is no value: what was not shown is not met.
        why_no_value: Why there is none.
    """

    objective: Objective
    level: Level
    value: float | None
    is_met: bool
    why_no_value: str = ""

    @property
    def value_text(self) -> str:
        """The value in the unit of the limit: `23.41 ms`."""
        return "—" if self.value is None else self.objective.measure.show(self.value, self.objective.unit)

    @property
    def line(self) -> str:
        """For people: `p99<20ms missed: 23.41 ms, 3.41 ms (17 %) too much`."""
        name = self.objective.text
        if self.is_met:
            return f"{name} met: {self.value_text}"
        return f"{name} missed: {self._reason}"

    def to_json(self) -> dict[str, Any]:
        """The objective, the level, the value in the unit of `Objective.limit`, and the verdict."""
        return {
            "objective": self.objective.text,
            "measure": self.objective.measure.name,
            "concurrency": self.level.concurrency,
            "rate": self.level.rate,
            "value": self.value,
            "limit": self.objective.limit,
            "unit": self.objective.measure.json_unit(self.objective.unit),
            "is_met": self.is_met,
            "text": self.line,
        }

    @property
    def _reason(self) -> str:
        if self.value is None:
            return self.why_no_value
        wanted, missed = self.objective.limit, abs(self.value - self.objective.limit)
        by = self.objective.measure.show_difference(missed, self.objective.unit)
        part = f" ({missed / wanted:.0%})".replace("%", " %") if wanted else ""
        direction = "too much" if self.objective.comparison.startswith("<") else "too little"
        return f"{self.value_text}, {by}{part} {direction}" if missed else f"{self.value_text}, which is the limit"


def parse_objectives(texts: Iterable[str]) -> tuple[Objective, ...]:
    """The objectives that are written in `texts`, several in one text by comma; empty parts are passed over.

    Raises:
        UsageError: one is written wrongly; the message points at what is wrong in it.
    """
    parts = (part.strip() for text in texts for part in text.split(","))
    return tuple(_parse(part) for part in parts if part)


def judge(report: BenchReport, objectives: Iterable[Objective]) -> tuple[Judgement, ...]:
    """Every objective at every level it is for, in the order of the objectives.

    Raises:
        UsageError: an objective is for a level that was not measured.
    """
    judgements: list[Judgement] = []
    for objective in objectives:
        results = [result for result in report.levels if objective.applies_to(result.level)]
        if not results:
            raise UsageError(f"--slo '{objective.text}' is for a level that is not measured.")
        judgements += [objective.judge(result) for result in results]
    return tuple(judgements)


def check_levels(objectives: Iterable[Objective], levels: Iterable[Level]) -> None:
    """Raise UsageError, before anything is measured, for an objective whose level will not be."""
    levels = tuple(levels)
    for objective in objectives:
        if not any(map(objective.applies_to, levels)):
            known = ", ".join(f"@{level.concurrency}" for level in levels)
            raise UsageError(
                f"--slo '{objective.text}' is for a level that is not measured.", hint=f"There is {known}."
            )


def _parse(text: str) -> Objective:
    found = _OPERATOR.search(text)
    if found is None:
        raise UsageError(f"--slo '{text}' has no comparison, such as '<'.", hint=_EXAMPLE)
    comparison = found[0]
    if comparison not in _OPERATORS:
        raise _wrong(text, comparison, found.start(), f"is no comparison; known are {', '.join(_OPERATORS)}")
    name, at, level = text[: found.start()].strip().partition("@")
    measure = measure_named(name.strip())
    if measure is None:
        raise _unknown_measure(text, name.strip())
    limit, unit = _limit(text, found.end(), measure)
    concurrency, rate = _level(text, level.strip()) if at else (None, None)
    return Objective(text, measure, comparison, limit, unit, concurrency, rate)


def _limit(text: str, start: int, measure: Measure) -> tuple[float, str]:
    written = text[start:]
    match = _LIMIT.fullmatch(written)
    if match is None:
        raise _wrong(text, written.strip(), start, f"is no limit; {measure.example}")
    unit = match[2]
    if unit not in measure.units:
        place = start + match.start(2)
        if not unit:
            raise _wrong(text, match[1], start + match.start(1), f"has no unit; {measure.example}")
        raise _wrong(text, unit, place, f"is no unit of {measure.name}; {measure.example}")
    return float(match[1]) * measure.units[unit], unit


def _level(text: str, level: str) -> tuple[int | None, float | None]:
    match = _LEVEL.fullmatch(level)
    if match is None:
        raise _wrong(text, level, text.index("@") + 1, "is no level; write a concurrency (@64) or a rate (@500/s)")
    return (int(match[1]), None) if match[1] else (None, float(match[2]))


def _unknown_measure(text: str, name: str) -> UsageError:
    nearest = get_close_matches(name, KNOWN, n=1)
    hint = f"Did you mean '{nearest[0]}'? " if nearest else ""
    error = _wrong(text, name, 0, "is nothing that is measured")
    return UsageError(error.message, hint=f"{hint}Known: {', '.join(KNOWN)}.")


def _wrong(text: str, token: str, position: int, what: str) -> UsageError:
    return UsageError(f"--slo '{text}': '{token}' (character {position + 1}) {what}.", hint=_EXAMPLE)
