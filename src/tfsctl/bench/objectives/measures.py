"""The figures that an objective may be about, with their units."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfsctl.bench.statistics.percentiles import PERCENTS, num_needed, percentile_ms, to_milliseconds

if TYPE_CHECKING:
    from tfsctl.bench.level_result import LevelResult

Reader = Callable[["LevelResult"], float | None]

# Each unit with what it is in the measure's own. Percentages stay such: 0.7 * 0.01 is not 7 / 1000, to the last bit.
_TIMES = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1000.0}
_COUNTED = {"%": 1.0, "": 1.0}
_RATES = {"": 1.0, "/s": 1.0}
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,4})?)")
_PERCENT_DIGITS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A figure of a level.

    Attributes:
        name: As it is written.
        units: Those it can be given in, by what one of them is in ms, %, answers a second or plain numbers.
        example: How a limit is written, for error messages.
        by_unit: How to read it, by the unit of the limit; `""` for all that are not named.
        percent: Of a percentile.
    """

    name: str
    units: Mapping[str, float]
    example: str
    by_unit: Mapping[str, Reader]
    percent: float | None = None

    def read(self, result: LevelResult, unit: str) -> float | None:
        """The figure, as a percentage for `%`, else in the measure's own unit; None where it cannot be told."""
        return self.by_unit.get(unit, self.by_unit[""])(result)

    def show(self, value: float, unit: str) -> str:
        """The figure in the unit that the limit was written in."""
        if unit in _TIMES:
            return f"{value / _TIMES[unit]:.4g} {unit}"
        if unit == "%":
            return f"{round(value, _PERCENT_DIGITS):g} %"
        return f"{value:.6g}{unit}"

    def show_difference(self, value: float, unit: str) -> str:
        """A difference of two such figures; of percentages it is in points."""
        return self.show(value, unit).replace("%", "points")

    def json_unit(self, unit: str) -> str:
        """What `read` gives: `ms`, `%`, `/s`, or nothing for plain numbers."""
        if self.units is _TIMES:
            return "ms"
        return "/s" if self.units is _RATES else unit

    def why_none(self, result: LevelResult) -> str:
        """Why `read` gave None."""
        count = result.latencies.count
        if not count:
            return "no call was answered"
        return f"{count} answers are too few for {self.name}: {num_needed(self.percent or 0)} are needed"


def measure_named(name: str) -> Measure | None:
    """The measure of that name; any percentile from p0 to p99.9999 is one."""
    if name in _NAMED:
        return _NAMED[name]
    match = _PERCENTILE.fullmatch(name)
    return _percentile(name, float(match[1])) if match else None


def _latency(name: str, read: Reader, *, percent: float | None = None) -> Measure:
    return Measure(name=name, units=_TIMES, example=f"write '{name}<20ms'", by_unit={"": read}, percent=percent)


def _percentile(name: str, percent: float) -> Measure:
    return _latency(name, lambda result: percentile_ms(result.latencies, percent), percent=percent)


def _counted(name: str, count: Callable[[LevelResult], int]) -> Measure:
    """With `%` of all requests; without a unit a number of them."""

    def percent(result: LevelResult) -> float | None:
        return count(result) * 100 / result.num_requests if result.num_requests else None

    example = f"write '{name}<0.1%' for a part of all requests, '{name}<=3' for a number"
    return Measure(name=name, units=_COUNTED, example=example, by_unit={"": count, "%": percent})


_NAMED = {
    measure.name: measure
    for measure in (
        _latency("max", lambda result: to_milliseconds(result.latencies.max_seconds)),
        _latency("mean", lambda result: to_milliseconds(result.latencies.mean_seconds)),
        Measure(
            name="throughput",
            units=_RATES,
            example="write 'throughput>500', in answers a second",
            by_unit={"": lambda result: result.throughput},
        ),
        _counted("errors", lambda result: result.num_failed),
        _counted("failed", lambda result: result.num_failed),
        _counted("wrong", lambda result: result.num_wrong),
        Measure(
            name="error_rate",
            units=_COUNTED,
            example="write 'error_rate<12%'",
            by_unit={
                "": lambda result: result.error_rate if result.num_requests else None,
                "%": lambda result: result.num_errors * 100 / result.num_requests if result.num_requests else None,
            },
        ),
    )
}
KNOWN = (*(f"p{percent:g}" for percent in PERCENTS), *_NAMED)
