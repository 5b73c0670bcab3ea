"""Tables of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

_GAP = "  "
_NARROWEST_RECORD = _NARROWEST_SHORTENED = 8
# A last column at least so wide is broken into lines between its words, rather than cut.
_NARROWEST_TEXT = 24
# What is cut to less than this says nothing any more.
_NARROWEST_CUT = 12


def format_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None, shorten: str = ""
) -> list[str]:
    """The lines of an aligned table, its heading first.

    Without a `width` nothing is ever cut. With one, the text of the last column goes on in the next line where there is
    room for that; else the widest columns are cut with an ellipsis until the table fits. Where so much would have to be
    cut that little is left, each row becomes lines of its own, `COLUMN  value`. The column to
    `shorten` is cut before any other, and further.
    """
    heading = [column.upper() for column in columns]
    widths = [max(len(line[i]) for line in (heading, *rows)) for i in range(len(columns))]
    if width is None or _total(widths) <= width:
        return [_line(cells, widths) for cells in (heading, *rows)]
    if shorten:
        place = list(columns).index(shorten)
        widths[place] = max(_NARROWEST_SHORTENED, widths[place] - (_total(widths) - width))
    left = width - _total([*widths[:-1], 0])
    if _total(widths) > width and left >= _NARROWEST_TEXT and any(" " in row[-1] for row in rows):
        widths[-1] = left
        return [line for cells in (heading, *rows) for line in _broken(cells, widths)]
    if _total([min(w, _NARROWEST_CUT) for w in widths]) > width:
        return list(_records(heading, rows, width))
    widths = _fit(widths, width - len(_GAP) * (len(widths) - 1))
    return [_line(cells, widths) for cells in (heading, *rows)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _fit(widths: list[int], available: int) -> list[int]:
    fitted = list(widths)
    while sum(fitted) > available and max(fitted) > _NARROWEST_CUT:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _broken(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row whose last cell may need several."""
    first, *others = textwrap.wrap(cells[-1], widths[-1], break_on_hyphens=False) or [""]
    yield _line([*cells[:-1], first], widths)
    for text in others:
        yield _line([*([""] * (len(cells) - 1)), text], widths)


def _records(heading: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Each row as lines of a name and a value, with an empty line between rows."""
    names = max(map(len, heading))
    room = max(_NARROWEST_RECORD, width - names - len(_GAP))
    for number, row in enumerate(rows):
        if number:
            yield ""
        for name, value in zip(heading, row, strict=True):
            lines = textwrap.wrap(value, room, break_on_hyphens=False) or [""]
            yield (name.ljust(names) + _GAP + lines[0]).rstrip()
            yield from (" " * (names + len(_GAP)) + line for line in lines[1:])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = (cell if len(cell) <= width else cell[: width - 1] + "…" for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(cell.ljust(width) for cell, width in zip(cut, widths, strict=True)).rstrip()
