"""Latencies of the last seconds in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

NUM_ROWS = 5
NUM_COLUMNS = 60
_LABEL_WIDTH = 9
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_SHADE = "░"
_PLAIN = str.maketrans("▁▂▃▄▅▆▇█░│└─━·…", "########:|+-=-~")


class Second(NamedTuple):
    """One interval: its latencies in milliseconds, None where no call was answered, and whether calls failed."""

    p50: float | None
    p99: float | None
    has_failed: bool


def plot_lines(seconds: Sequence[Second], *, width: int) -> list[str]:
    """Columns full up to p50 and shaded up to p99, a cross under those in which calls failed; the newest is last.

    `NUM_ROWS` lines, an axis, and a line that explains. Nothing where there is no second yet or not enough room.
    """
    num_columns = min(NUM_COLUMNS, width - _LABEL_WIDTH - 2)
    shown = seconds[-num_columns:] if num_columns >= 10 else []
    highest = max((second.p99 for second in shown if second.p99 is not None), default=0.0)
    if not highest:
        return []
    bars = [_column(second, highest) for second in shown]
    rows = ["".join(bar[row] for bar in bars) for row in range(NUM_ROWS)]
    axis = "".join("x" if second.has_failed else "─" for second in shown).ljust(num_columns, "─")
    lines = [f"{label:>{_LABEL_WIDTH}} │{row}" for label, row in zip(_labels(highest), rows, strict=True)]
    return [*lines, f"{'0 ms':>{_LABEL_WIDTH}} └{axis}", *_legend(num_columns)]


def _column(second: Second, highest: float) -> list[str]:
    """From top to bottom."""
    if second.p50 is None or second.p99 is None:
        return [" "] * NUM_ROWS
    full, shaded = (round(value / highest * NUM_ROWS * 8) for value in (second.p50, second.p99))
    cells = []
    for row in reversed(range(NUM_ROWS)):
        eighths = min(8, max(0, full - row * 8))
        cells.append(_SHADE if not eighths and shaded > row * 8 else _EIGHTHS[eighths])
    return cells


def _labels(highest: float) -> Iterator[str]:
    yield f"{highest:.3g} ms" if highest < 1000 else f"{highest / 1000:.3g} s"
    yield from [""] * (NUM_ROWS - 1)


def _legend(num_columns: int) -> Iterator[str]:
    legend = f"█ p50  {_SHADE} p99  x calls failed"
    if len(legend) <= num_columns:
        yield " " * (_LABEL_WIDTH + 2) + legend


def encodable(line: str, encoding: str | None) -> str:
    """The line as a terminal with this character set can show it."""
    try:
        line.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return line.translate(_PLAIN).encode("ascii", "replace").decode()
    return line
