"""What more load brought: throughput and latency over the levels of a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.page.amount import milliseconds_text, plural, three_digits
from tfsctl.bench.page.axis import Axis, linear_axis, log_axis
from tfsctl.bench.page.chart import Point, drawing, horizontal_axis, line, marker, path, text, vertical_axis
from tfsctl.bench.page.load_range import LoadRange, level_name
from tfsctl.bench.page.markup import Markup, element, joined
from tfsctl.bench.page.series import Values, latency_axis, latency_title, names, percentile_values, points

_LEFT, _RIGHT, _TOP, _PANEL, _GAP = 56, 44, 44, 170, 46
_LINES = {50.0: ("circle", "line strong"), 99.0: ("square", "line dotted")}


def saturation_chart(levels: LoadRange, *, width: int) -> Markup:
    """Throughput above, p50 and p99 below, over concurrency or rate. There are two levels at least."""
    ordered = levels.results
    x = _load_axis(levels, width)
    y = linear_axis(
        max(max(result.repeat_throughputs, default=result.throughput) for result in ordered),
        start=_TOP + _PANEL,
        end=_TOP,
        num_ticks=4,
    )
    values = percentile_values([result.latencies for result in ordered])
    latency_y = latency_axis(
        {percent: values[percent] for percent in _LINES}, start=y.start + _GAP + _PANEL, end=y.start + _GAP
    )
    places = [x.at(levels.load(result)) for result in ordered]
    return drawing(
        width,
        latency_y.start + 44,
        vertical_axis(x, y, title="answers a second"),
        vertical_axis(x, latency_y, title=latency_title(latency_y)),
        _knee_line(levels, x, y, bottom=latency_y.start),
        _asked_line(levels, x, y),
        _throughput(ordered, places, y),
        _latencies(ordered, values, places, latency_y),
        horizontal_axis(x, latency_y, title=_load_title(levels)),
        title="Throughput and latency under rising load",
        description="; ".join(_told(result) for result in ordered),
    )


def _load_axis(levels: LoadRange, width: int) -> Axis:
    """Logarithmic, with the levels as ticks, those left out that would be written over each other."""
    loads = [levels.load(result) for result in levels.results]
    axis = log_axis(loads[0], loads[-1], start=_LEFT + 14, end=width - _RIGHT)
    ticks: list[tuple[float, str]] = []
    for load in loads:
        if not ticks or axis.at(load) - axis.at(ticks[-1][0]) > 30:
            ticks.append((load, f"{load:,g}"))
    return Axis(
        lowest=axis.lowest, highest=axis.highest, start=axis.start, end=axis.end, ticks=tuple(ticks), is_log=True
    )


def _load_title(levels: LoadRange) -> str:
    if levels.is_of_rates:
        return "planned requests a second (log scale)"
    return "concurrency: requests in flight (log scale)"


def _throughput(ordered: Sequence[LevelResult], places: Sequence[float], y: Axis) -> Markup:
    at = [(place, y.at(result.throughput)) for place, result in zip(places, ordered, strict=True)]
    spreads = [
        _spread(result, place, y)
        for place, result in zip(places, ordered, strict=True)
        if len(result.repeat_throughputs) > 1
    ]
    marks = [
        marker("diamond" if result.latencies.count else "cross", point, "marker", title=_told(result))
        for result, point in zip(ordered, at, strict=True)
    ]
    return joined(path(at, "line strong"), spreads, marks)


def _spread(result: LevelResult, place: float, y: Axis) -> Markup:
    """From the least to the most of the repeats."""
    low, high = y.at(min(result.repeat_throughputs)), y.at(max(result.repeat_throughputs))
    ends = [line((place - 4, end), (place + 4, end), "spread") for end in (low, high)]
    return joined(line((place, low), (place, high), "spread"), ends)


def _latencies(
    ordered: Sequence[LevelResult], values: Mapping[float, Values], places: Sequence[float], y: Axis
) -> Markup:
    drawn: list[Markup] = []
    ends: list[tuple[str, Point]] = []
    for percent, (shape, style) in _LINES.items():
        told = [_told(result) for result, value in zip(ordered, values[percent], strict=True) if value is not None]
        at = points(places, values[percent], y)
        drawn.append(path(at, style))
        drawn += [marker(shape, point, "marker", title=title) for point, title in zip(at, told, strict=True)]
        ends += [(f"p{percent:g}", at[-1])] if at else []
    return joined(drawn, names(ends, y))


def _asked_line(levels: LoadRange, x: Axis, y: Axis) -> Markup | None:
    """As much as was asked for, where a rate was planned."""
    if not levels.is_of_rates:
        return None
    low, high = levels.load(levels.results[0]), min(levels.load(levels.results[-1]), y.highest)
    steps = [low * (high / low) ** (n / 24) for n in range(25)] if high > low else []
    at = [(x.at(load), y.at(load)) for load in steps]
    label = text("as planned", at[-1][0] + 7, at[-1][1] + 4, "tick-label") if at else None
    return joined(path(at, "line asked"), label)


def _knee_line(levels: LoadRange, x: Axis, y: Axis, *, bottom: float) -> Markup | None:
    knee = levels.knee()
    if knee is None or knee.is_end:
        return None
    place = x.at(levels.load(knee.result))
    is_right = place > x.start + 150
    label = f"knee: {levels.name(knee.result)}"
    return element(
        "g",
        line((place, y.end - 18), (place, bottom), "knee"),
        text(label, place - 6 if is_right else place + 6, y.end - 10, "knee-label", anchor="end" if is_right else None),
    )


def _told(result: LevelResult) -> str:
    latencies = result.latencies
    percentiles = ", ".join(
        f"p{percent:g} {milliseconds_text(seconds * 1000)}"
        for percent in _LINES
        if (seconds := latencies.percentile_seconds(percent)) is not None
    )
    told = f"{level_name(result)}: {three_digits(result.throughput)} answers/s"
    failed = f", {plural(result.num_failed, 'failed call')}" if result.num_failed else ""
    return f"{told}, {percentiles or 'no call was answered'}{failed}"
