"""Breaks prose into the lines of a terminal, and leaves alone what people copy."""

from __future__ import annotations

import re
import textwrap

# A command to be copied stays on one line, which the terminal itself breaks.
_COMMAND = re.compile(r"(^|: |\s{2})(tfsctl|curl|grpcurl|docker|mv|pip|sudo) \S")
_NARROWEST = 20


def broken(text: str, width: int, *, start: str = "") -> str:
    """`text` with lines of at most `width` characters where words allow it; `start` stands before its first line."""
    lines = (start + text).split("\n")
    return "\n".join(line for whole in lines for line in _lines(whole, max(width, _NARROWEST)))[len(start) :]


def _lines(line: str, width: int) -> list[str]:
    if len(line) <= width or _COMMAND.search(line):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )
