"""What a measurement shows on a terminal while it runs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from tfsctl.cli._bench.plot import NUM_COLUMNS, NUM_ROWS, Second, encodable, plot_lines

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from tfsctl.bench import Progress
    from tfsctl.bench.level_result import Interval

# Drawn as seldom as a person needs: what is drawn here is taken from those who send.
_SECONDS_BETWEEN_FRAMES = 0.25
# Of less than this the time that is left cannot be told.
_LEAST_FRACTION, _LEAST_SECONDS = 0.02, 1.0
# What is above and below the plot, and the line below it all.
_ROWS_BESIDE_PLOT = 8
_BAR, _REST = "━", "─"

OnProgress = Callable[["Progress"], None]


@contextmanager
def open_display(title: str, stream: TextIO, *, shown: bool, no_color: bool = False) -> Iterator[OnProgress]:
    """Takes each `Progress` of `tfsctl.bench.run`, and draws some of them on a terminal; nothing unless `shown`.

    The display is gone at the end. It draws at most four times a second, on the thread that calls, and never otherwise.
    """
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.live import Live

    # rich knows NO_COLOR itself.
    console = Console(file=stream, no_color=no_color or None, highlight=False)
    with Live(
        console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as live:
        yield BenchDisplay(title, live).update


class BenchDisplay:
    """Draws a measurement. Not thread-safe."""

    def __init__(self, title: str, live: Live) -> None:
        self._title = title
        self._live = live
        self._seconds: deque[Second] = deque(maxlen=NUM_COLUMNS)
        self._last: tuple[int, float] | None = None
        self._started = time.monotonic()
        self._next_frame = 0.0

    def update(self, state: Progress) -> None:
        """Take note, and draw if the last frame is old enough; cheap otherwise."""
        interval = state.last_interval
        if interval is not None and (state.level_number, interval.start_seconds) != self._last:
            self._last = (state.level_number, interval.start_seconds)
            self._seconds.append(_second(interval))
        now = time.monotonic()
        if now >= self._next_frame:
            self._live.update(self.frame(state), refresh=True)
            # Counted from when it was drawn: a terminal that is slow to take it is asked less often.
            self._next_frame = time.monotonic() + _SECONDS_BETWEEN_FRAMES

    def frame(self, state: Progress) -> Text:
        """All lines, as wide as the terminal."""
        from rich.text import Text

        width, height = self._live.console.size
        encoding = self._live.console.encoding
        lines = [(line, "bold") for line in _wrapped([self._title, *_where(state)], width, separator=" · ")]
        lines += [(line, "") for line in _wrapped(list(_figures(state)), width)]
        lines += [(line, "red" if state.num_failed else "") for line in _wrapped(list(_counts(state)), width)]
        if height > NUM_ROWS + _ROWS_BESIDE_PLOT:
            lines += [(line, "cyan") for line in plot_lines(list(self._seconds), width=width)]
        lines.append((_bar(state, width, elapsed=time.monotonic() - self._started), "dim"))
        whole = Text("\n", no_wrap=True, overflow="crop")
        return whole.join(Text(encodable(line, encoding), style) for line, style in lines)


def _second(interval: Interval) -> Second:
    p50, p99 = (interval.latencies.percentile_seconds(percent) for percent in (50, 99))
    p50_ms, p99_ms = (None if seconds is None else seconds * 1000 for seconds in (p50, p99))
    return Second(p50_ms, p99_ms, interval.num_failed > 0)


def _where(state: Progress) -> Iterator[str]:
    if state.num_levels > 1:
        # A level, or a repeat or a slice of one.
        yield f"part {state.level_number} of {state.num_levels}"
    if state.level is not None:
        yield f"concurrency {state.level.concurrency}"
        if state.level.rate is not None:
            yield f"{state.level.rate:,g}/s planned"
    if state.phase == "warm-up":
        yield "warming up"


def _figures(state: Progress) -> Iterator[str]:
    """Of the last second; before there is one, of all so far."""
    interval = state.last_interval
    if interval is None:
        rate = (state.num_done - state.num_failed) / state.elapsed_seconds if state.elapsed_seconds else 0.0
        yield f"{rate:,.0f} answers/s"
        return
    yield f"{interval.num_answers / interval.seconds:,.0f} answers/s"
    for name, percent in (("p50", 50), ("p90", 90), ("p99", 99)):
        seconds = interval.latencies.percentile_seconds(percent)
        if seconds is not None:
            yield f"{name} {seconds * 1000:.2f} ms"


def _counts(state: Progress) -> Iterator[str]:
    yield f"{state.num_done:,} requests"
    yield f"{state.num_failed:,} failed"
    judged = state.num_done - state.num_failed - state.num_unjudged
    if state.num_wrong and judged > 0:
        of = f"{judged:,} checked" if state.num_unjudged else "answers"
        yield f"{state.num_wrong / judged:.1%} of {of} wrong"


def _bar(state: Progress, width: int, *, elapsed: float) -> str:
    """How much of all levels is done, and how long the rest will take."""
    done = min(1.0, max(0.0, (state.level_number - 1 + state.fraction) / state.num_levels))
    told = f" {done:4.0%}"
    if done >= _LEAST_FRACTION and elapsed >= _LEAST_SECONDS:
        told += f"  {_clock(elapsed / done * (1 - done))} left"
    room = max(0, min(NUM_COLUMNS, width - len(told) - 1))
    bar = _BAR * round(room * done)
    return bar + _REST * (room - len(bar)) + told


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _wrapped(parts: Sequence[str], width: int, *, separator: str = "   ") -> list[str]:
    """As many parts on a line as fit; one that is too long alone is cut."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(separator) + len(part) <= width:
            lines[-1] += separator + part
        else:
            lines.append(part if len(part) <= width else part[: width - 1] + "…")
    return lines
