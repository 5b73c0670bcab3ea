"""How throughput and latency went on during one level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfsctl.bench.level_result import Interval
from tfsctl.bench.page.amount import percent_text, plural, three_digits
from tfsctl.bench.page.axis import Axis, linear_axis, span_axis
from tfsctl.bench.page.chart import drawing, horizontal_axis, line, path, text, vertical_axis
from tfsctl.bench.page.markup import Markup, element, joined
from tfsctl.bench.page.series import Values, latency_axis, latency_title, lines
from tfsctl.bench.statistics.histogram import LatencyHistogram

_LEFT, _RIGHT = 52, 40
_TOP, _PANEL, _GAP, _ROW = 26, 110, 34, 26
_MOST_INTERVALS = 240
# A rest that is shorter than this part of the others says little alone.
_SHORT = 0.5


def time_chart(shown: Sequence[Interval], values: Mapping[float, Values], *, width: int) -> Markup:
    """Throughput above, wrong answers and failed calls below it where there are any, then latency.

    `shown` is what `merged` gave, `values` their `percentile_values`.
    """
    x = span_axis(_end(shown), start=_LEFT, end=width - _RIGHT, num_ticks=width // 90)
    rates = [interval.num_answers / interval.seconds for interval in shown]
    rate_axis = linear_axis(max(rates), start=_TOP + _PANEL, end=_TOP, num_ticks=3)
    rows, bottom = _event_rows(shown, x, top=_TOP + _PANEL + 12)
    y = latency_axis(values, start=bottom + _GAP + _PANEL + 30, end=bottom + _GAP)
    middles = [x.at(interval.start_seconds + interval.seconds / 2) for interval in shown]
    return drawing(
        width,
        y.start + 42,
        vertical_axis(x, rate_axis, title="answers a second"),
        _steps(shown, rates, x, rate_axis),
        rows,
        vertical_axis(x, y, title=latency_title(y)),
        lines(values, middles, y),
        horizontal_axis(x, y, title="seconds since the measurement began"),
        [_tip(interval, of_it, x, y) for interval, *of_it in zip(shown, values[50.0], values[99.0], strict=True)],
        title="Throughput and latency over time",
        description=f"{three_digits(min(rates))} to {three_digits(max(rates))} answers a second "
        f"in {plural(len(shown), 'interval')}.",
    )


def merged(intervals: Sequence[Interval]) -> list[Interval]:
    """The intervals, neighbours added up where they are more than a chart can show, or the last is a short rest."""
    step = -(-len(intervals) // _MOST_INTERVALS)
    groups = [list(intervals[n : n + step]) for n in range(0, len(intervals), step)]
    if len(groups) > 1 and _seconds(groups[-1]) < _SHORT * _seconds(groups[-2]):
        groups[-2:] = [groups[-2] + groups[-1]]
    return [group[0] if len(group) == 1 else _sum(group) for group in groups]


def _seconds(group: Sequence[Interval]) -> float:
    return sum(interval.seconds for interval in group)


def _sum(group: Sequence[Interval]) -> Interval:
    return Interval(
        start_seconds=group[0].start_seconds,
        seconds=_seconds(group),
        num_answers=sum(interval.num_answers for interval in group),
        num_wrong=sum(interval.num_wrong for interval in group),
        num_failed=sum(interval.num_failed for interval in group),
        latencies=LatencyHistogram.sum_of(interval.latencies for interval in group),
    )


def _end(intervals: Sequence[Interval]) -> float:
    return intervals[-1].start_seconds + intervals[-1].seconds


def _steps(intervals: Sequence[Interval], rates: Sequence[float], x: Axis, y: Axis) -> Markup:
    corners = [
        (x.at(at), y.at(rate))
        for interval, rate in zip(intervals, rates, strict=True)
        for at in (interval.start_seconds, interval.start_seconds + interval.seconds)
    ]
    return joined(
        path([(corners[0][0], y.start), *corners, (corners[-1][0], y.start)], "area", is_closed=True),
        path(corners, "line strong"),
        line((x.start, y.start), (x.end, y.start), "axis"),
    )


def _event_rows(intervals: Sequence[Interval], x: Axis, *, top: float) -> tuple[Markup, float]:
    """A row of small bars for wrong answers and one for failed calls, each only if there are any; where they end."""
    kinds = (
        ("wrong", "wrong", [interval.num_wrong for interval in intervals]),
        ("failed", "failed", [interval.num_failed for interval in intervals]),
    )
    rows = []
    for name, class_, counts in kinds:
        if any(counts):
            rows.append(_event_row(intervals, counts, x, name=name, class_=class_, bottom=top + _ROW))
            top += _ROW + 6
    return joined(rows), top


def _event_row(
    intervals: Sequence[Interval], counts: Sequence[int], x: Axis, *, name: str, class_: str, bottom: float
) -> Markup:
    most = max(counts)
    bars = []
    for interval, count in zip(intervals, counts, strict=True):
        if count:
            left, right = x.at(interval.start_seconds), x.at(interval.start_seconds + interval.seconds)
            height = max(3.0, (_ROW - 6) * count / most)
            bars.append(
                element(
                    "rect",
                    element("title", f"{count:,} {name}"),
                    x=left,
                    y=bottom - height,
                    width=max(1.5, right - left - 0.8),
                    height=height,
                    class_=class_,
                )
            )
    return element(
        "g",
        text(name, x.start - 7, bottom - 4, "tick-label", anchor="end"),
        line((x.start, bottom), (x.end, bottom), "grid"),
        bars,
        text(f"≤{most:,}", x.end + 5, bottom - 4, "tick-label"),
    )


def _tip(interval: Interval, percentiles: Values, x: Axis, y: Axis) -> Markup:
    """What a pointer over this part of the chart is told; `percentiles` are its p50 and p99."""
    left, right = x.at(interval.start_seconds), x.at(interval.start_seconds + interval.seconds)
    told = [
        f"{interval.start_seconds:.0f} to {interval.start_seconds + interval.seconds:.0f} s",
        f"{three_digits(interval.num_answers / interval.seconds)} answers/s",
        *(
            f"{name} {three_digits(milliseconds)} ms"
            for name, milliseconds in zip(("p50", "p99"), percentiles, strict=True)
            if milliseconds is not None
        ),
        *(
            (f"{interval.num_wrong:,} wrong ({percent_text(interval.num_wrong / interval.num_answers)})",)
            if interval.num_wrong
            else ()
        ),
        *((f"{interval.num_failed:,} failed",) if interval.num_failed else ()),
    ]
    return element(
        "rect",
        element("title", ", ".join(told)),
        x=left,
        y=float(_TOP),
        width=right - left,
        height=y.start - _TOP,
        class_="tip",
    )
