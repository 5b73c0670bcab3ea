"""What all charts have: the drawing, its axes, lines and labels. SVG, styled by page.css."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from tfsctl.bench.page.axis import Axis
from tfsctl.bench.page.markup import Content, Markup, element, joined, number_text

# The width of what is written at an axis, and the height of a line of it.
LABEL_WIDTH, LINE_HEIGHT = 7, 14

Point = tuple[float, float]


def drawing(width: float, height: float, *parts: Content, title: str, description: str) -> Markup:
    """One chart: a picture with a name and, for those who cannot see it, what it shows."""
    label = element("title", title)
    return element(
        "svg",
        label,
        element("desc", description),
        *parts,
        viewBox=f"0 0 {number_text(width)} {number_text(height)}",
        width=float(width),
        height=float(height),
        role="img",
        aria_label=f"{title}. {description}",
        class_="chart",
    )


def responsive(draw: Callable[[int], Markup], *, wide: int, medium: int, narrow: int) -> Markup:
    """A chart drawn anew for each width of the page, so that its writing always has the same size.

    The style sheet shows one of them and hides the others from readers and from screen readers.
    """
    by_width: dict[int, list[str]] = {}
    for name, width in (("wide", wide), ("medium", medium), ("narrow", narrow)):
        by_width.setdefault(width, []).append(name)
    return joined(element("div", draw(width), class_=" ".join(["at", *names])) for width, names in by_width.items())


def horizontal_axis(x: Axis, y: Axis, *, title: str) -> Markup:
    """Ticks and their values below the chart, the title below them."""
    marks = [
        joined(
            line((x.at(value), y.start), (x.at(value), y.start + 4), "tick"),
            text(label, x.at(value), y.start + 17, "tick-label", anchor="middle"),
        )
        for value, label in x.ticks
    ]
    return element(
        "g",
        line((x.start, y.start), (x.end, y.start), "axis"),
        marks,
        text(title, (x.start + x.end) / 2, y.start + 35, "axis-title", anchor="middle") if title else None,
    )


def vertical_axis(x: Axis, y: Axis, *, title: str) -> Markup:
    """Lines across the chart and their values on the left, the title above them."""
    marks = [
        joined(
            line((x.start, y.at(value)), (x.end, y.at(value)), "grid"),
            text(label, x.start - 7, y.at(value) + 4, "tick-label", anchor="end"),
        )
        for value, label in y.ticks
    ]
    return element("g", marks, text(title, 0, y.end - 12, "axis-title"))


def text(content: str, x: float, y: float, class_: str, *, anchor: str | None = None) -> Markup:
    """Writing; `y` is its base line."""
    return element("text", content, x=float(x), y=float(y), class_=class_, text_anchor=anchor)


def line(start: Point, end: Point, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=float(start[0]), y1=float(start[1]), x2=float(end[0]), y2=float(end[1]), class_=class_)


def path(points: Sequence[Point], class_: str, *, is_closed: bool = False) -> Markup:
    """A line through points, or the area that it surrounds."""
    if not points:
        return Markup("")
    steps = "L".join(f"{number_text(x)} {number_text(y)}" for x, y in points)
    return element("path", d=f"M{steps}{'Z' if is_closed else ''}", class_=class_)


def marker(shape: str, at: Point, class_: str, *, title: str = "") -> Markup:
    """A dot that differs by more than its colour: `circle`, `square`, `diamond` or `cross`."""
    x, y = at
    label = element("title", title) if title else None
    if shape == "circle":
        return element("circle", label, cx=float(x), cy=float(y), r=4, class_=class_)
    if shape == "cross":
        strokes = (line((x - 4, y - 4), (x + 4, y + 4), class_), line((x - 4, y + 4), (x + 4, y - 4), class_))
        return element("g", label, strokes)
    corners = {
        "square": [(x - 3.5, y - 3.5), (x + 3.5, y - 3.5), (x + 3.5, y + 3.5), (x - 3.5, y + 3.5)],
        "diamond": [(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)],
    }
    drawn = "L".join(f"{number_text(px)} {number_text(py)}" for px, py in corners[shape])
    return element("path", label, d=f"M{drawn}Z", class_=class_)


def spread(places: Sequence[float], gap: float, *, lowest: float, highest: float) -> list[float]:
    """The places moved as little as it takes for neighbours to be `gap` apart, within bounds as far as they fit."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in itertools.pairwise(order):
        moved[after] = max(moved[after], moved[before] + gap)
    if order and moved[order[-1]] > highest:
        moved[order[-1]] = highest
        for after, before in itertools.pairwise(reversed(order)):
            moved[before] = min(moved[before], moved[after] - gap)
    return [max(place, lowest) for place in moved]
