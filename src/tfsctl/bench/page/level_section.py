"""The figures of one level, and of all levels beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfsctl.bench.level_result import Interval, LevelResult
from tfsctl.bench.page.amount import (
    count_text,
    data,
    milliseconds_data,
    milliseconds_text,
    percent_text,
    plural,
    three_digits,
)
from tfsctl.bench.page.chart import responsive
from tfsctl.bench.page.distribution import histogram_chart, percentile_chart, strip
from tfsctl.bench.page.load_range import ENOUGH, LoadRange, level_name, load_ranges
from tfsctl.bench.page.markup import Markup, element, joined
from tfsctl.bench.page.over_time import merged, time_chart
from tfsctl.bench.page.saturation import saturation_chart
from tfsctl.bench.page.series import Values, percentile_values
from tfsctl.bench.page.table import folded, table
from tfsctl.bench.statistics.percentiles import PERCENTS, latency_ms, percentile_ms, to_milliseconds

_FULL = {"wide": 1040, "medium": 680, "narrow": 340}
_HALF = {"wide": 505, "medium": 330, "narrow": 340}


def saturation_section(results: Sequence[LevelResult]) -> Markup:
    """What more load brought: curves, and a row for each level."""
    return element(
        "section",
        element("h2", "Under rising load"),
        [_load_figures(levels) for levels in load_ranges(results) if len(levels.results) > 1],
        table(
            ("Load", "Answers/s", "p50", "p99", "Max", "Errors", "Latencies"),
            _level_rows(results),
            caption="The levels; latencies drawn on one scale for all, the line is the median",
            class_="levels",
        ),
    )


def latency_section(result: LevelResult, *, where: str = "") -> Markup:
    """How latencies are distributed; `where` names the level, if there are several."""
    latencies = result.latencies
    figures = latency_ms(latencies)
    named = [*(f"p{percent:g}" for percent in PERCENTS), "max", "mean"]
    shown = [
        element("div", element("dt", name), element("dd", milliseconds_data(figures[name])))
        for name in named
        if figures[name] is not None
    ]
    return element(
        "section",
        _heading("Latency", where),
        element("p", _latency_words(result), class_="finding"),
        element(
            "div",
            element("figure", responsive(lambda width: histogram_chart(latencies, width=width), **_HALF)),
            element("figure", responsive(lambda width: percentile_chart(latencies, width=width), **_HALF)),
            class_="pair",
        ),
        element("dl", shown, class_="percentiles"),
    )


def time_chart_section(intervals: Sequence[Interval], *, where: str = "") -> Markup:
    """How throughput and latency went on."""
    shown = merged(intervals)
    values = percentile_values([interval.latencies for interval in shown])
    return element(
        "section",
        _heading("Over time", where),
        element("p", _time_words(shown), class_="finding"),
        element("figure", responsive(lambda width: time_chart(shown, values, width=width), **_FULL)),
        folded(
            "The figures as a table",
            table(
                ("From", "Answers/s", "p50", "p99", "Max", "Wrong", "Failed"),
                _interval_rows(shown, values),
                caption="Throughput and latency over time",
            ),
        ),
    )


def level_details(results: Sequence[LevelResult], *, but: LevelResult) -> Markup | None:
    """The charts of the other levels, folded."""
    others = [result for result in results if result is not but and result.latencies.count]
    if not others:
        return None
    return element(
        "section", element("h2", "The other levels"), [_level_detail(result) for result in others], class_="folds"
    )


def _heading(title: str, where: str) -> Markup:
    return element("h2", title, element("span", f" at {where}", class_="where") if where else None)


def _level_detail(result: LevelResult) -> Markup:
    figures = f"{level_name(result)}: {three_digits(result.throughput)} answers/s"
    return folded(
        figures,
        latency_section(result),
        time_chart_section(result.intervals) if len(result.intervals) > 1 else None,
    )


def _load_figures(levels: LoadRange) -> Markup:
    return joined(
        element("p", _load_words(levels), class_="finding"),
        responsive(lambda width: saturation_chart(levels, width=width), **_FULL),
    )


def _load_words(levels: LoadRange) -> str:
    words = f"From {levels.name(levels.results[0])} to {levels.name(levels.results[-1])}."
    if levels.is_of_rates:
        words = f"{words[:-1]}, at most {plural(levels.results[0].level.concurrency, 'request')} in flight."
    knee = levels.knee()
    if knee is None or knee.is_end:
        return words
    if levels.is_of_rates:
        return f"{words} The knee is the highest rate of which the server held {ENOUGH:.0%}."
    return f"{words} The knee is the first level with {ENOUGH:.0%} of the most throughput."


def _time_words(shown: Sequence[Interval]) -> str:
    rates = [interval.num_answers / interval.seconds for interval in shown]
    words = f"Between {three_digits(min(rates))} and {three_digits(max(rates))} answers a second."
    failing = [interval for interval in shown if interval.num_failed]
    if not failing:
        return words
    failed = plural(sum(interval.num_failed for interval in failing), "call")
    start, end = failing[0].start_seconds, failing[-1].start_seconds + failing[-1].seconds
    return f"{words} {failed} failed, between {start:.0f} and {end:.0f} s."


def _latency_words(result: LevelResult) -> str:
    latencies = result.latencies
    slowest, slow = to_milliseconds(latencies.max_seconds), to_milliseconds(latencies.percentile_seconds(99))
    words = f"99 of 100 answers came within {milliseconds_text(slow)}; the slowest took {milliseconds_text(slowest)}."
    since = "sent" if result.level.rate is None else "due"
    return f"{words} Counted from when a request was {since}."


def _level_rows(results: Sequence[LevelResult]) -> Iterator[list[str]]:
    answered = [result.latencies for result in results if result.latencies.count]
    lowest = min((to_milliseconds(latencies.min_seconds) or 1e-4 for latencies in answered), default=1.0)
    highest = max((to_milliseconds(latencies.max_seconds) or 1e-4 for latencies in answered), default=1.0)
    for result in (result for levels in load_ranges(results) for result in levels.results):
        latencies = result.latencies
        yield [
            level_name(result),
            data(result.throughput, three_digits(result.throughput)),
            milliseconds_data(percentile_ms(latencies, 50)),
            milliseconds_data(percentile_ms(latencies, 99)),
            milliseconds_data(to_milliseconds(latencies.max_seconds)),
            data(result.error_rate, percent_text(result.error_rate)),
            strip(latencies, lowest=max(lowest, 1e-4), highest=highest) if latencies.count else joined("no answer"),
        ]


def _interval_rows(intervals: Sequence[Interval], values: Mapping[float, Values]) -> Iterator[list[str]]:
    for interval, median, slow in zip(intervals, values[50.0], values[99.0], strict=True):
        rate = interval.num_answers / interval.seconds
        yield [
            f"{interval.start_seconds:.1f} s",
            data(rate, three_digits(rate)),
            milliseconds_data(median),
            milliseconds_data(slow),
            milliseconds_data(to_milliseconds(interval.latencies.max_seconds)),
            count_text(interval.num_wrong),
            count_text(interval.num_failed),
        ]
