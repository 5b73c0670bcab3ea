"""What pages are made of, without a browser."""

from __future__ import annotations

import base64
import dataclasses
import io

import pytest

from bench_page import reports
from tfsctl.bench.page.amount import milliseconds_text, percent_text, three_digits
from tfsctl.bench.page.axis import linear_axis, log_axis, span_axis
from tfsctl.bench.page.chart import spread
from tfsctl.bench.page.load_range import load_ranges
from tfsctl.bench.page.markup import Markup, element
from tfsctl.bench.page.over_time import merged
from tfsctl.bench.page.picture import data_uri
from tfsctl.bench.truth import Picture


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0421, "0.042 ms"), (0.5, "0.500 ms"), (12.345, "12.3 ms"), (999.9, "1,000 ms"), (1250, "1.25 s"), (None, "—")],
)
def test_latencies_have_three_digits(value: float | None, text: str) -> None:
    assert milliseconds_text(value) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.0, "0%"), (1.0, "100%"), (0.081, "8.1%"), (0.00012, "0.01%"), (1e-9, "<0.0001%"), (0.99999, "99.999%")],
)
def test_percentages_are_never_0_or_100_by_rounding(fraction: float, text: str) -> None:
    assert percent_text(fraction) == text


def test_thousands_stand_apart() -> None:
    assert (three_digits(4213.4), three_digits(42.13), three_digits(0.0)) == ("4,213", "42.1", "0")


def test_text_is_escaped_and_markup_is_not() -> None:
    made = element("p", "<b>&\x1b", element("i", "x"), None, ["'", Markup("<br>")], title='"', hidden=False, class_="c")
    assert made == '<p title="&quot;" class="c">&lt;b&gt;&amp;\ufffd<i>x</i>&#x27;<br></p>'


def test_an_axis_from_zero_ends_at_a_round_value() -> None:
    axis = linear_axis(873, start=100, end=0)
    assert [label for _, label in axis.ticks] == ["0", "200", "400", "600", "800", "1,000"]
    assert (axis.at(0), axis.at(500), axis.at(1000), axis.at(5000)) == (100, 50, 0, 0)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (3.1, 3.9), (0.4, 40), (1e-4, 1e5), (7, 1200)])
def test_a_logarithmic_axis_has_a_few_ticks_whatever_its_span(low: float, high: float) -> None:
    axis = log_axis(low, high, start=0, end=100)
    values = [value for value, _ in axis.ticks]
    assert 1 <= len(values) <= 10
    assert values == sorted(set(values))
    assert axis.lowest <= values[0] <= values[-1] <= axis.highest


def test_time_ends_where_it_ends() -> None:
    axis = span_axis(7.3, start=0, end=730)
    assert (axis.at(7.3), axis.ticks[-1][1]) == (730, "6")


def test_labels_are_moved_apart_and_stay_within_bounds() -> None:
    assert spread([10, 11, 50], 13, lowest=0, highest=100) == [10, 23, 50]
    assert spread([95, 96], 13, lowest=0, highest=100) == [87, 100]


def test_many_intervals_are_added_up_and_none_is_lost() -> None:
    intervals = reports.intervals(500, answers=3, median=1.0)
    shown = merged(intervals)
    assert len(shown) <= 240
    assert sum(part.num_answers for part in shown) == sum(part.num_answers for part in intervals)
    assert shown[-1].start_seconds + shown[-1].seconds == pytest.approx(500)


def test_a_short_last_interval_belongs_to_the_one_before() -> None:
    intervals = reports.intervals(3, answers=10, median=1.0)
    intervals[-1] = dataclasses.replace(intervals[-1], seconds=0.1)
    assert [part.seconds for part in merged(intervals)] == [1.0, 1.1]


def test_the_knee_is_the_first_level_with_nearly_the_most_throughput() -> None:
    (levels,) = load_ranges(reports.saturated().levels)
    knee = levels.knee()
    assert knee is not None
    assert (levels.name(knee.result), knee.is_end) == ("concurrency 4", False)


def test_the_knee_of_rates_is_the_last_that_was_held() -> None:
    results = reports.saturated(rates=True).levels
    (levels,), (early,) = load_ranges(results), load_ranges(results[:3])
    knee, end = levels.knee(), early.knee()
    assert knee is not None
    assert end is not None
    assert (levels.name(knee.result), knee.is_end) == ("800 requests/s", False)
    assert (early.name(end.result), end.is_end) == ("400 requests/s", True)


def test_rates_at_several_concurrencies_are_a_range_for_each() -> None:
    parts = reports.intervals(1, answers=10, median=1.0)
    results = [reports.level(parts, concurrency=count, rate=rate) for count in (1, 8) for rate in (20.0, 10.0)]
    found = load_ranges(results)
    assert [[levels.load(result) for result in levels.results] for levels in found] == [[10, 20], [10, 20]]
    assert [levels.results[0].level.concurrency for levels in found] == [1, 8]


def test_one_level_and_silence_have_no_knee() -> None:
    for results in (reports.plain().levels, reports.unanswered().levels * 2):
        assert [levels.knee() for levels in load_ranges(results)] == [None]


def test_a_picture_is_a_png_with_the_same_pixels() -> None:
    image = pytest.importorskip("PIL.Image")
    picture = Picture(3, 2, bytes([0, 128, 255, 1, 2, 3]))
    decoded = image.open(io.BytesIO(base64.b64decode(data_uri(picture).partition(",")[2])))
    assert (decoded.size, decoded.mode, decoded.tobytes()) == ((3, 2), "L", picture.pixels)


def test_pixels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="5 pixels are not 3 by 2"):
        data_uri(Picture(3, 2, bytes(5)))
