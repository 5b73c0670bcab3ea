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

from tfsctl.cli._json_text import format_json
from tfsctl.cli._table import format_table

if TYPE_CHECKING:
    from tfsctl.cli._progress import Progress

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
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbosity = verbosity
        self._out = out or _open_stream(sys.stdout)
        self._err = err or _open_stream(sys.stderr)

    def merge(self, *, as_json: bool, quiet: bool, verbosity: int) -> None:
        """Add flags that were given once more, before or after the name of the command."""
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

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write a table to stdout: fitted to a terminal, complete and plain for a pipe."""
        cells = [[str(cell).translate(_CONTROL).replace("\n", " ") for cell in row] for row in rows]
        width = shutil.get_terminal_size().columns if self.writes_to_terminal else None
        header, *lines = format_table(columns, cells, width=width)
        self.show("\n".join([styled(header, "heading", self._out), *lines]))

    # Talk ----------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Tell how it goes; `--quiet` silences it."""
        if not self.quiet:
            _write(self._err, text)

    def detail(self, text: str) -> None:
        """Tell what only `--verbose` wants to know."""
        if self.is_verbose:
            _write(self._err, styled(text, "dim", self._err))

    def warn(self, text: str) -> None:
        """Tell of something that may be wrong; never silenced."""
        _write(self._err, styled("Warning: ", "warning", self._err) + text.translate(_CONTROL))

    def fail(self, message: str, *, hint: str | None = None, code: str, exit_status: int) -> None:
        """Tell why the command ends without a result; never silenced, and JSON where results are."""
        if self.as_json:
            error = {"code": code, "message": message, "hint": hint, "exit_status": exit_status}
            _write(self._err, json.dumps({"error": error}, ensure_ascii=False))
            return
        _write(self._err, styled("Error: ", "error", self._err) + message.translate(_CONTROL))
        if hint:
            _write(self._err, styled("Hint: ", "hint", self._err) + hint.translate(_CONTROL))

    def progress(self, description: str) -> AbstractContextManager[Progress]:
        """A bar on stderr while work goes on: see `_progress.open_progress`."""
        from tfsctl.cli._progress import open_progress

        return open_progress(description, self._err, quiet=self.quiet, animated=_is_terminal(self._err))

    def flush(self) -> None:
        """Push results out, so that a reader who has gone is noticed here and not at the interpreter's end."""
        try:
            self._out.flush()
        except BrokenPipeError as error:
            raise OutputClosedError from error


def styled(text: str, style: str, stream: TextIO) -> str:
    """`text` in a style's colours where `stream` shows them."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if has_color(stream) else text


def has_color(stream: TextIO) -> bool:
    """Whether colour is wanted on a stream: NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then what the stream is."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return _is_terminal(stream)


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
