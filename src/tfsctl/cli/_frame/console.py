"""Where a command speaks: results go to stdout, everything else to stderr."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TextIO

from tfsctl.cli._frame.json_text import format_json
from tfsctl.cli._frame.line_breaks import broken
from tfsctl.cli._frame.table import format_table

if TYPE_CHECKING:
    from tfsctl.cli._bench.display import OnProgress
    from tfsctl.cli._frame.progress import Progress

_MOST_LINES = 6
_STYLES = {"error": "1;31", "warning": "33", "hint": "36", "heading": "1", "dim": "2"}
# Text that came from a server must not steer the terminal: every control character but tab and line feed.
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")


class OutputClosedError(Exception):
    """Whoever read our output has gone away. There is nobody left to tell."""


class Console:
    """What one run of the command line writes, and how: as text or JSON, quiet or verbose, with colour or without.

    Both streams are judged for themselves: a terminal gets colour and a width, a pipe or a file gets neither.
    """

    def __init__(
        self,
        *,
        as_json: bool = False,
        quiet: bool = False,
        verbosity: int = 0,
        no_color: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbosity = verbosity
        self.no_color = no_color
        self._out = out or _open_stream(sys.stdout)
        self._err = err or _open_stream(sys.stderr)

    def merge(self, *, as_json: bool, quiet: bool, verbosity: int, no_color: bool = False) -> None:
        """Add flags that were given once more, before or after the name of the command."""
        self.no_color |= no_color
        self.as_json |= as_json
        self.quiet |= quiet
        self.verbosity = max(self.verbosity, verbosity)

    @property
    def is_verbose(self) -> bool:
        """Whether details are wanted, TensorFlow's own log lines among them."""
        return self.verbosity > 0 and not self.quiet

    @property
    def writes_to_terminal(self) -> bool:
        """Whether results are read by a person now."""
        return _is_terminal(self._out)

    @property
    def talk_encoding(self) -> str | None:
        """The character set of what is told; None if it has none."""
        return self._err.encoding

    # Results -------------------------------------------------------------------------------------

    def show(self, text: str) -> None:
        """Write one result to stdout, with a line feed."""
        _write(self._out, text)

    def show_json(self, value: Any) -> None:
        """Write one JSON value to stdout: fitted to a terminal, on one line for a program."""
        if self.writes_to_terminal:
            self.show(format_json(value, width=shutil.get_terminal_size().columns))
        else:
            self.show(json.dumps(value, ensure_ascii=False))

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, shorten: str = "") -> None:
        """Write a table to stdout: fitted to a terminal, complete and plain for a pipe.

        The column to `shorten` is cut before any other.
        """
        cells = [[_one_line(str(cell)) for cell in row] for row in rows]
        width = shutil.get_terminal_size().columns if self.writes_to_terminal else None
        first, *others = format_table(columns, cells, width=width, shorten=shorten)
        # In a narrow terminal a table may have become lines without a heading.
        is_heading = first.split() == " ".join(columns).upper().split()
        self.show("\n".join([self.styled(first, "heading") if is_heading else first, *others]))

    def styled(self, text: str, style: str) -> str:
        """`text` for stdout in a style's colours, where these are wanted there."""
        return _styled(text, style) if self._has_color(self._out) else text

    # Talk ----------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Tell how it goes; `--quiet` silences it."""
        if not self.quiet:
            _write(self._err, self._broken(text))

    def detail(self, text: str) -> None:
        """Tell what only `--verbose` wants to know."""
        if self.is_verbose:
            _write(self._err, self._talk(text, "dim"))

    def warn(self, text: str) -> None:
        """Tell of something that may be wrong; never silenced."""
        _write(
            self._err, self._talk("Warning: ", "warning") + self._broken(text.translate(_CONTROL), start="Warning: ")
        )

    def fail(self, message: str, *, hint: str | None = None, code: str, exit_status: int) -> None:
        """Tell why the command ends without a result; never silenced, and JSON where results are."""
        if self.as_json:
            error = {"code": code, "message": message, "hint": hint, "exit_status": exit_status}
            _write(self._err, json.dumps({"error": error}, ensure_ascii=False))
            return
        message = (message if self.is_verbose else _shortened(message)).translate(_CONTROL)
        _write(self._err, self._talk("Error: ", "error") + self._broken(message, start="Error: "))
        if hint:
            _write(self._err, self._talk("Hint: ", "hint") + self._broken(hint.translate(_CONTROL), start="Hint: "))

    def progress(self, description: str) -> AbstractContextManager[Progress]:
        """A bar on stderr while work goes on: see `_progress.open_progress`."""
        from tfsctl.cli._frame.progress import open_progress

        return open_progress(
            description, self._err, quiet=self.quiet, animated=_is_terminal(self._err), no_color=self.no_color
        )

    def bench_display(self, title: str) -> AbstractContextManager[OnProgress]:
        """A measurement on a terminal's stderr while it runs: see `_bench.display.open_display`."""
        from tfsctl.cli._bench.display import open_display

        shown = not self.quiet and not self.as_json and _is_terminal(self._err)
        return open_display(title.translate(_CONTROL), self._err, shown=shown, no_color=self.no_color)

    def _broken(self, text: str, *, start: str = "") -> str:
        """`text` in lines that fit the terminal that stderr is, `start` standing before it already."""
        return broken(text, shutil.get_terminal_size().columns, start=start) if _is_terminal(self._err) else text

    def _talk(self, text: str, style: str) -> str:
        return _styled(text, style) if self._has_color(self._err) else text

    def _has_color(self, stream: TextIO) -> bool:
        return not self.no_color and has_color(stream)

    def flush(self) -> None:
        """Push results out, so that a reader who has gone is noticed here and not at the interpreter's end."""
        try:
            self._out.flush()
        except BrokenPipeError as error:
            raise OutputClosedError from error


def _styled(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def has_color(stream: TextIO) -> bool:
    """Whether colour is wanted on a stream: NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return _is_terminal(stream)


def _one_line(text: str) -> str:
    text = text.translate(_CONTROL)
    return " ".join(text.split()) if "\n" in text or "\t" in text else text


def _shortened(message: str) -> str:
    """The beginning of a message that goes on and on: TensorFlow Serving prints whole signatures."""
    lines = message.splitlines()
    if len(lines) <= _MOST_LINES:
        return message
    return f"{lines[0]} … ({len(lines) - 1} more lines with --verbose)"


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _open_stream(stream: TextIO | None) -> TextIO:
    """The stream, or a silent one where the process was started with it closed."""
    return stream if stream is not None else io.StringIO()


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(_encodable(text, stream.encoding) + "\n")
        stream.flush()
    except BrokenPipeError as error:
        raise OutputClosedError from error


def _encodable(text: str, encoding: str | None) -> str:
    """`text` with escapes in place of what a stream cannot show: a result is never lost to its character set."""
    return text.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
