"""Figures as people read them. Each keeps its exact value beside it, in a `data` element."""

from __future__ import annotations

import math

from tfsctl.bench.page.markup import Markup, element

NOTHING = "—"


def milliseconds_text(milliseconds: float | None) -> str:
    """`0.42 ms`, `12.3 ms`, `1.25 s`: three significant digits."""
    if milliseconds is None:
        return NOTHING
    if milliseconds >= 1000:
        return f"{three_digits(milliseconds / 1000)} s"
    return f"{three_digits(milliseconds)} ms"


def three_digits(value: float) -> str:
    """Three significant digits, at most three after the point; thousands apart: `0.042`, `1.25`, `4,213`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = min(3, max(0, 2 - math.floor(math.log10(abs(value)) + 1e-9)))
    return f"{value:,.{decimals}f}"


def percent_text(fraction: float) -> str:
    """`0%`, `0.012%`, `8.1%`, `12%`; never 0 for what is not, never 100 for what is not."""
    percent = fraction * 100
    if percent in {0, 100}:
        return f"{percent:.0f}%"
    for decimals in (1, 2, 3, 4):
        text = f"{percent:.{decimals}f}"
        if float(text) not in {0, 100}:
            return f"{text}%"
    return "<0.0001%" if percent < 50 else ">99.9999%"


def count_text(count: int) -> str:
    """`12,345`."""
    return f"{count:,}"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 answer`, `12,345 answers`."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def moment_text(started: str) -> str:
    """`2026-03-01 12:00:00 UTC`, of what ISO 8601 writes."""
    return started.replace("T", " ").replace("Z", " UTC")


def data(value: float | None, text: str) -> Markup:
    """A figure as it is shown, and its exact value for a program that reads the page."""
    return element("span", text) if value is None else element("data", text, value=repr(value))


def milliseconds_data(milliseconds: float | None) -> Markup:
    """A latency."""
    return data(milliseconds, milliseconds_text(milliseconds))
