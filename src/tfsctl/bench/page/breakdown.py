"""Where the time went, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator

from tfsctl.bench.level_result import LevelResult, TimeSplit
from tfsctl.bench.page.amount import count_text, data, milliseconds_data, milliseconds_text, percent_text
from tfsctl.bench.page.chart import drawing, responsive, text
from tfsctl.bench.page.markup import Markup, element
from tfsctl.bench.page.table import table
from tfsctl.bench.report.lines import time_parts

_BAR_TOP, _BAR_HEIGHT, _LETTER = 22.0, 34.0, 6.6
# What the parts are, and how they are filled: each pattern stays with its part.
_MEANINGS = {
    "network and this side": ("the client, the wire, and the server's sockets", "part-1"),
    "server": ("inside the server, but for what is named below", "part-2"),
    "model": ("inside the server, running the model", "part-4"),
    "waiting for a batch": ("inside the server, until a batch is full or its time is up", "part-3"),
}


def time_section(split: TimeSplit) -> Markup:
    """The mean latency as one bar, and what its parts are."""
    parts = [(name, max(0.0, milliseconds)) for name, milliseconds in time_parts(split)]
    name, most = max(parts, key=lambda part: part[1])
    words = f"Of {milliseconds_text(split.total)} on average, the largest part was “{name}”: {_share(most, split)}."
    rows = [
        (_part_name(name), milliseconds_data(milliseconds), _share(milliseconds, split)) for name, milliseconds in parts
    ]
    return element(
        "section",
        element("h2", "Where the time went"),
        element("p", words, class_="finding"),
        responsive(lambda width: _time_bar(parts, width=width), wide=1040, medium=680, narrow=340),
        table(("Part", "Mean", "Share"), rows, caption="The mean latency and its parts", class_="parts"),
    )


def _share(milliseconds: float, split: TimeSplit) -> str:
    return percent_text(milliseconds / split.total) if split.total else "0%"


def _part_name(name: str) -> Markup:
    meaning, class_ = _MEANINGS[name]
    square = element("rect", x=0.5, y=0.5, width=11, height=11, class_=f"part {class_}")
    swatch = element("svg", square, class_="swatch", width=12, height=12, aria_hidden="true")
    return element("span", swatch, name, element("small", meaning))


def _time_bar(parts: list[tuple[str, float]], *, width: int) -> Markup:
    """The parts beside one another, each named above it if there is room."""
    total = sum(milliseconds for _, milliseconds in parts) or 1.0
    drawn: list[Markup] = []
    left = 0.0
    for name, milliseconds in parts:
        wide = width * milliseconds / total
        told = f"{name}: {milliseconds_text(milliseconds)}"
        drawn.append(
            element(
                "rect",
                element("title", told),
                x=left + 0.5,
                y=_BAR_TOP,
                width=max(0.0, wide - 3),
                height=_BAR_HEIGHT,
                class_=f"part {_MEANINGS[name][1]}",
            )
        )
        label = next((label for label in (told, name) if len(label) * _LETTER < wide), "")
        drawn.append(text(label, left, _BAR_TOP - 7, "series-name"))
        left += wide
    description = ", ".join(f"{name} {milliseconds_text(milliseconds)}" for name, milliseconds in parts)
    return drawing(width, _BAR_TOP + _BAR_HEIGHT + 2, drawn, title="Time split", description=description)


def error_section(result: LevelResult) -> Markup | None:
    """Failed calls by code, wrong answers beside them. None if there were neither."""
    if not result.num_errors:
        return None
    message = result.first_failure
    said = ("The first failed call said:", element("q", element("bdi", message or "")))
    return element(
        "section",
        element("h2", "What went wrong"),
        table(("Kind", "Count", "Share", ""), _error_rows(result), caption="Errors, of all requests", class_="errors"),
        element("p", *said, class_="quote") if message else None,
    )


def _error_rows(result: LevelResult) -> Iterator[tuple[Markup, Markup, str, Markup]]:
    kinds = [(element("span", "wrong answer"), result.num_wrong, "wrong")] if result.num_wrong else []
    by_count = sorted(result.failed_calls.items(), key=lambda item: (-item[1], item[0]))
    kinds += [(element("code", code), count, "failed") for code, count in by_count]
    most = max((count for _, count, _ in kinds), default=1)
    for name, count, class_ in kinds:
        bar = element("rect", x=0, y=2, width=max(2.0, 160 * count / most), height=10, class_=class_)
        drawn = element("svg", bar, width=160, height=14, viewBox="0 0 160 14", aria_hidden="true")
        yield name, data(count, count_text(count)), percent_text(count / result.num_requests), drawn
