"""Tables of text."""

from __future__ import annotations

from collections.abc import Sequence

_GAP = "  "
_NARROWEST = 8


def format_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> list[str]:
    """The lines of an aligned table, its heading first.

    With a `width` the widest columns are cut with an ellipsis until the table fits, but no column below eight
    characters; without one nothing is ever cut.
    """
    heading = [column.upper() for column in columns]
    widths = [max(len(line[i]) for line in (heading, *rows)) for i in range(len(columns))]
    if width is not None:
        widths = _fit(widths, width - len(_GAP) * (len(widths) - 1))
    return [_line(cells, widths) for cells in (heading, *rows)]


def _fit(widths: list[int], available: int) -> list[int]:
    fitted = list(widths)
    while sum(fitted) > available and max(fitted) > _NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = (cell if len(cell) <= width else cell[: width - 1] + "…" for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(cell.ljust(width) for cell, width in zip(cut, widths, strict=True)).rstrip()
