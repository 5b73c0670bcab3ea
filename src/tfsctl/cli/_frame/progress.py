"""How far a long piece of work has come, on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_SECONDS_BETWEEN_LINES = 5.0


class Progress(Protocol):
    """Takes the state of the work as often as the work likes to tell it; cheap."""

    def update(self, completed: int, total: int | None, note: str = "") -> None:
        """The work stands at `completed` of `total` (None: unknown); `note` says more, such as a loss."""


@contextmanager
def open_progress(
    description: str, stream: TextIO, *, quiet: bool, animated: bool, no_color: bool = False
) -> Iterator[Progress]:
    """A progress that draws a bar on a terminal, writes a line now and then elsewhere, and nothing if `quiet`."""
    if quiet:
        yield _Silence()
    elif animated:
        with _bar(stream, no_color=no_color) as bar:
            yield _Bar(bar, bar.add_task(description, total=None, note=""))
    else:
        yield _Lines(description, stream)


def _bar(stream: TextIO, *, no_color: bool) -> RichProgress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(compact=True),
        # rich knows NO_COLOR itself.
        console=Console(file=stream, no_color=no_color or None),
        transient=True,
    )


class _Bar:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def update(self, completed: int, total: int | None, note: str = "") -> None:
        self._bar.update(self._task, completed=completed, total=total, note=note)


class _Lines:
    def __init__(self, description: str, stream: TextIO) -> None:
        self._description = description
        self._stream = stream
        self._next_line_at: float | None = None

    def update(self, completed: int, total: int | None, note: str = "") -> None:
        now = time.monotonic()
        if self._next_line_at is None:  # Short work passes without a line.
            self._next_line_at = now + _SECONDS_BETWEEN_LINES
        if now < self._next_line_at:
            return
        self._next_line_at = now + _SECONDS_BETWEEN_LINES
        state = f"{completed}" if total is None else f"{completed}/{total}"
        print(f"{self._description}: {state} {note}".rstrip(), file=self._stream, flush=True)


class _Silence:
    def update(self, completed: int, total: int | None, note: str = "") -> None:
        del completed, total, note
