"""What a terminal shows in the end, of all that was written to it."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\x1b\[(?P<numbers>[?0-9;]*)(?P<code>[A-Za-z])|(?P<control>[\r\n\t])|(?P<text>[^\x1b\r\n\t]+|.)", re.DOTALL
)


class Screen:
    """The lines of a terminal; colours are left out, and what was erased or written over is gone."""

    def __init__(self, *, width: int = 80) -> None:
        self._width = width
        self._lines: list[str] = [""]
        self._row = self._column = 0

    def write(self, output: str) -> None:
        """Take what a program writes: text, line ends, and the few sequences that a bar needs."""
        for token in _TOKEN.finditer(output):
            if token["code"]:
                self._obey(token["code"], token["numbers"])
            elif token["control"]:
                self._move(token["control"])
            else:
                self._put(token["text"])

    def text(self) -> str:
        """All lines, without spaces at their ends; what the width of the terminal broke is still broken."""
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")

    def _put(self, text: str) -> None:
        for character in text:
            if self._column == self._width:
                self._column = 0
                self._down(1)
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1

    def _move(self, control: str) -> None:
        if control == "\r":
            self._column = 0
        elif control == "\n":
            self._down(1)
        else:
            self._put(" " * (8 - self._column % 8))

    def _down(self, count: int) -> None:
        self._row = max(0, self._row + count)
        self._lines += [""] * (self._row + 1 - len(self._lines))

    def _obey(self, code: str, numbers: str) -> None:
        count = int(numbers) if numbers.isdigit() else 1
        if code in "AB":
            self._down(-count if code == "A" else count)
        elif code == "K":
            kept = "" if numbers == "2" else self._lines[self._row][: self._column]
            self._lines[self._row] = kept


def shown(output: str, *, width: int = 80) -> str:
    """The lines that a terminal shows after `output`."""
    screen = Screen(width=width)
    screen.write(output)
    return screen.text()
