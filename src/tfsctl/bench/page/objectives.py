"""The objectives, met or missed, and the ratio to a baseline or between two sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfsctl.bench.objectives.slo import Judgement
from tfsctl.bench.page.axis import Axis, log_axis
from tfsctl.bench.page.chart import drawing, horizontal_axis, line, marker, responsive, text
from tfsctl.bench.page.markup import Markup, element, joined
from tfsctl.bench.report.lines import level_name
from tfsctl.bench.statistics.ratio import Ratio
from tfsctl.bench.statistics.ratio_words import ratio_line

_ROW, _TOP, _LEFT, _RIGHT = 30, 26, 92, 128

Ratios = Mapping[str, "Ratio | None"]


def objectives_list(judgements: Sequence[Judgement], *, name_levels: bool) -> Markup | None:
    """A line for each objective, its sign and its words saying what its colour does."""
    if not judgements:
        return None
    return element("ul", [_objective(judgement, name_levels=name_levels) for judgement in judgements], class_="slo")


def _objective(judgement: Judgement, *, name_levels: bool) -> Markup:
    sign, class_ = ("✓", "met") if judgement.is_met else ("✗", "missed")
    where = f" at {level_name(judgement.level)}" if name_levels else ""
    return element(
        "li",
        element("span", sign, class_="sign", aria_hidden="true"),
        element("bdi", judgement.line + where),
        class_=class_,
    )


def ratio_figures(ratios: Ratios, *, first: str, second: str) -> Markup:
    """The ratios as a chart, and each in a sentence."""
    shown = {name: ratio for name, ratio in ratios.items() if ratio is not None and not ratio.is_difference}
    sentences = [element("li", ratio_line(name, ratio, first=first, second=second)) for name, ratio in ratios.items()]
    title = f"{second} over {first}"
    chart = responsive(lambda width: _ratio_chart(shown, width=width, title=title), wide=680, medium=680, narrow=340)
    return joined(chart if shown else None, element("ul", sentences, class_="sentences"))


def _ratio_chart(ratios: Mapping[str, Ratio], *, width: int, title: str) -> Markup:
    """Each ratio with its interval, on a logarithmic axis around 1; full dots stand out of the noise."""
    bounds = [bound for ratio in ratios.values() for bound in (ratio.low, ratio.value, ratio.high) if bound]
    x = log_axis(min(0.8, *bounds), max(1.25, *bounds), start=_LEFT, end=width - _RIGHT, max_ticks=max(3, width // 90))
    bottom = _TOP + _ROW * len(ratios)
    y = Axis(lowest=0, highest=1, start=float(bottom), end=float(_TOP - 10), ticks=())
    rows = [
        joined(*_ratio_row(name, ratio, x, height=_TOP + _ROW * (number + 0.5)))
        for number, (name, ratio) in enumerate(ratios.items())
    ]
    return drawing(
        width,
        bottom + 40,
        line((x.at(1.0), y.end), (x.at(1.0), y.start), "knee"),
        text("no difference", x.at(1.0), y.end - 4, "tick-label", anchor="middle"),
        rows,
        horizontal_axis(x, y, title=f"{title} (log scale)"),
        title=f"Ratios, {title}",
        description="; ".join(f"{name} {_told(ratio)}" for name, ratio in ratios.items()),
    )


def _ratio_row(name: str, ratio: Ratio, x: Axis, *, height: float) -> Iterator[Markup]:
    yield text(name, 0, height + 4, "series-name")
    if ratio.low is not None and ratio.high is not None:
        low, high = x.at(ratio.low), x.at(ratio.high)
        yield line((low, height), (high, height), "spread")
        yield from (line((end, height - 4), (end, height + 4), "spread") for end in (low, high))
    class_ = "marker full" if ratio.stands_out else "marker"
    yield marker("circle", (x.at(ratio.value), height), class_, title=f"{name}: {_told(ratio)}")
    yield text(_told(ratio), x.end + 10, height + 4, "tick-label")


def _told(ratio: Ratio) -> str:
    spread = f" ({ratio.low:.2f} to {ratio.high:.2f})" if ratio.low and ratio.high else ""
    return f"{ratio.value:.2f}{spread}"
