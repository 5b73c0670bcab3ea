"""How latencies are distributed: how often each was, and how many were below it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from tfsctl.bench.page.amount import milliseconds_text, percent_text
from tfsctl.bench.page.axis import Axis, linear_axis, log_axis
from tfsctl.bench.page.chart import (
    LABEL_WIDTH,
    LINE_HEIGHT,
    drawing,
    horizontal_axis,
    line,
    path,
    text,
    vertical_axis,
)
from tfsctl.bench.page.markup import Markup, element, joined
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.statistics.percentiles import percentile_ms, to_milliseconds

_HEIGHT, _LEFT, _RIGHT, _BOTTOM = 300, 44, 14, 42
_MAX_BINS = 56
_NARROWEST_BIN = 1.015  # A histogram's own buckets would show in narrower ones.
_SHOWN = (50.0, 90.0, 99.0, 99.9)
# Of latencies that no clock could tell from nothing, so that they have a logarithm.
_LEAST_MILLISECONDS = 1e-4


def histogram_chart(latencies: LatencyHistogram, *, width: int) -> Markup:
    """Bars over a logarithmic axis of latencies, and the percentiles above them. There is one latency at least."""
    values = [(max(seconds * 1000, _LEAST_MILLISECONDS), count) for seconds, count in latencies.buckets()]
    x = log_axis(values[0][0], values[-1][0], start=_LEFT, end=width - _RIGHT, max_ticks=width // 60)
    edges, counts = _binned(values, x)
    total = sum(counts)
    marked = _marked(latencies)
    labels, top = _labels(marked, x)
    y = linear_axis(100 * max(counts) / total, start=_HEIGHT - _BOTTOM, end=top + 20, num_ticks=4)
    bars = [
        _bar(x, y, edges[number : number + 2], count=count, total=total) for number, count in enumerate(counts) if count
    ]
    return drawing(
        width,
        _HEIGHT,
        vertical_axis(x, y, title="% of answers"),
        bars,
        [line((x.at(at), y.start), (x.at(at), y.end - 6), "percentile-line") for _, at in marked],
        labels,
        horizontal_axis(x, y, title="latency, ms (log scale)"),
        title="Latency distribution",
        description=f"Histogram of {total:,} answers. "
        + ", ".join(f"{name} {milliseconds_text(at)}" for name, at in marked),
    )


def percentile_chart(latencies: LatencyHistogram, *, width: int) -> Markup:
    """Latency over the share of answers that were as fast, the rare slow ones drawn out. There is one at least."""
    count = latencies.count
    deepest = max(1.0, math.log10(count))
    ticks = tuple((depth, label) for depth, label in _DEPTHS if depth <= deepest + 0.01)
    x = Axis(lowest=0.0, highest=deepest, start=_LEFT, end=width - _RIGHT - 6, ticks=ticks)
    points = _percentile_points(latencies, deepest)
    middle, highest = points[len(points) // 4][1], points[-1][1]
    bottom = _HEIGHT - _BOTTOM
    is_log = highest > 30 * middle > 0
    low = max(points[0][1], _LEAST_MILLISECONDS)
    y = (
        log_axis(low, highest, start=bottom, end=34, max_ticks=6)
        if is_log
        else linear_axis(highest, start=bottom, end=34)
    )
    placed = [(x.at(depth), y.at(max(milliseconds, y.lowest))) for depth, milliseconds in points]
    return drawing(
        width,
        _HEIGHT,
        vertical_axis(x, y, title="latency, ms (log scale)" if is_log else "latency, ms"),
        path([*placed, (placed[-1][0], y.start), (placed[0][0], y.start)], "area", is_closed=True),
        path(placed, "line strong"),
        horizontal_axis(x, y, title="% of answers that were as fast or faster"),
        title="Percentile curve",
        description=f"Latency from the fastest answer, {milliseconds_text(points[0][1])}, "
        f"to the slowest, {milliseconds_text(highest)}.",
    )


def strip(latencies: LatencyHistogram, *, lowest: float, highest: float) -> Markup:
    """A small histogram without axes, between two bounds in milliseconds that several have in common."""
    width, height = 160.0, 26.0
    x = log_axis(lowest, highest, start=0, end=width)
    values = [(max(seconds * 1000, _LEAST_MILLISECONDS), count) for seconds, count in latencies.buckets()]
    _, counts = _binned(values, x, num_bins=40)
    most = max(counts)
    step = width / len(counts)
    points = [
        (step * (number + half), height - 1 - (height - 3) * math.sqrt(count / most))
        for number, count in enumerate(counts)
        for half in (0, 1)
    ]
    median = to_milliseconds(latencies.percentile_seconds(50)) or lowest
    return drawing(
        width,
        height,
        path([(0, height - 1), *points, (width, height - 1)], "area strong", is_closed=True),
        line((x.at(median), 1), (x.at(median), height), "percentile-line"),
        title="Latency distribution",
        description=f"median {milliseconds_text(median)}",
    )


def _binned(
    values: Sequence[tuple[float, int]], x: Axis, *, num_bins: int = _MAX_BINS
) -> tuple[list[float], list[int]]:
    """Edges of bins of equal ratio over the whole axis, and how many values lie in each."""
    span = math.log(x.highest / x.lowest)
    num_bins = min(num_bins, max(6, int(span / math.log(_NARROWEST_BIN))))
    counts = [0] * num_bins
    for value, count in values:
        counts[min(num_bins - 1, max(0, int(math.log(value / x.lowest) / span * num_bins)))] += count
    return [x.lowest * math.exp(span * n / num_bins) for n in range(num_bins + 1)], counts


def _bar(x: Axis, y: Axis, edges: Sequence[float], *, count: int, total: int) -> Markup:
    left, right = x.at(edges[0]), x.at(edges[1])
    share = count / total
    top = min(y.at(100 * share), y.start - 1)  # One answer of a million is still to be seen.
    told = f"{milliseconds_text(edges[0])} to {milliseconds_text(edges[1])}: {count:,} ({percent_text(share)})"
    return element(
        "rect",
        element("title", told),
        x=left + 0.5,
        y=top,
        width=max(0.5, right - left - 1),
        height=y.start - top,
        class_="bar",
    )


def _marked(latencies: LatencyHistogram) -> list[tuple[str, float]]:
    """The percentiles that so many answers can tell, by name."""
    found = [(f"p{percent:g}", percentile_ms(latencies, percent)) for percent in _SHOWN]
    return [(name, milliseconds) for name, milliseconds in found if milliseconds is not None]


def _labels(marked: Sequence[tuple[str, float]], x: Axis) -> tuple[Markup, float]:
    """Names and values of the percentiles, above the chart; each in the first line with room. And where they end."""
    ends: list[float] = []
    drawn = []
    for name, at in marked:
        label = f"{name} {milliseconds_text(at)}"
        place, wide = x.at(at), len(label) * LABEL_WIDTH
        is_left = place + wide > x.end
        left = place - wide if is_left else place
        row = next((n for n, end in enumerate(ends) if left > end + 6), len(ends))
        ends[row : row + 1] = [left + wide]
        drawn.append(text(label, place, 12 + row * LINE_HEIGHT, "percentile", anchor="end" if is_left else None))
    return joined(drawn), 12.0 + len(ends) * LINE_HEIGHT


def _percentile_points(latencies: LatencyHistogram, deepest: float) -> list[tuple[float, float]]:
    """How deep in the tail (-log10 of the share that is slower), and the latency there."""
    total = latencies.count
    reached = 0
    points: list[tuple[float, float]] = []
    for seconds, count in latencies.buckets():
        points.append((min(deepest, -math.log10(1 - reached / total)), seconds * 1000))
        reached += count
    points.append((deepest, (latencies.max_seconds or 0.0) * 1000))
    return _thinned(points)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Only points that can be told apart on a chart."""
    kept = [points[0]]
    kept += [after for before, after in itertools.pairwise(points) if round(before[0], 2) != round(after[0], 2)]
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


_DEPTHS = (
    (0.0, "0"),
    (-math.log10(0.5), "50"),
    (1.0, "90"),
    (2.0, "99"),
    (3.0, "99.9"),
    (4.0, "99.99"),
    (5.0, "99.999"),
    (6.0, "99.9999"),
)
