"""Latency percentiles along an axis of time or load: three lines that differ by stroke, marker and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfsctl.bench.page.axis import Axis, linear_axis, log_axis
from tfsctl.bench.page.chart import Point, path, spread, text
from tfsctl.bench.page.markup import Markup, joined
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.statistics.percentiles import to_milliseconds

PERCENTILES = (50.0, 90.0, 99.0)
STYLES = {50.0: "line strong", 90.0: "line dashed", 99.0: "line dotted"}
_GAP = 13.0
# From such a ratio on, small values could not be seen on a linear axis.
_LOG_RATIO = 30.0

Values = Sequence["float | None"]


def percentile_values(histograms: Sequence[LatencyHistogram]) -> dict[float, Values]:
    """Milliseconds by percentile, one for each histogram; None where it is empty."""
    return {
        percent: [to_milliseconds(latencies.percentile_seconds(percent)) for latencies in histograms]
        for percent in PERCENTILES
    }


def latency_axis(values: Mapping[float, Values], *, start: float, end: float) -> Axis:
    """For all the values: from 0, or logarithmic where they are far apart."""
    known = [value for row in values.values() for value in row if value]
    lowest, highest = min(known, default=1.0), max(known, default=1.0)
    if highest > _LOG_RATIO * lowest:
        return log_axis(lowest, highest, start=start, end=end, max_ticks=6)
    return linear_axis(highest, start=start, end=end, num_ticks=4)


def latency_title(y: Axis) -> str:
    """What to write at it."""
    return "latency, ms (log scale)" if y.is_log else "latency, ms"


def points(places: Sequence[float], row: Values, y: Axis) -> list[Point]:
    """Where the values that there are lie."""
    return [(place, y.at(max(value, y.lowest))) for place, value in zip(places, row, strict=True) if value is not None]


def lines(values: Mapping[float, Values], places: Sequence[float], y: Axis) -> Markup:
    """The lines, and their names at the right end."""
    drawn = {percent: points(places, row, y) for percent, row in values.items()}
    return joined(
        [path(row, STYLES[percent]) for percent, row in drawn.items()],
        names([(f"p{percent:g}", row[-1]) for percent, row in drawn.items() if row], y),
    )


def names(labelled: Sequence[tuple[str, Point]], y: Axis) -> Markup:
    """Names beside the last points of lines, moved apart."""
    heights = spread([at[1] for _, at in labelled], _GAP, lowest=y.end, highest=y.start)
    return joined(
        text(name, at[0] + 9, height + 4, "series-name") for (name, at), height in zip(labelled, heights, strict=True)
    )
