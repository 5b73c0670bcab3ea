"""What `tfsctl bench` shows on a terminal while it runs, and what it leaves."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO

import pytest
from rich.console import Console
from rich.live import Live

from cli.screen import shown
from cli.terminal import COMMAND, Terminal, on_terminal
from tfsctl.bench.level import Level
from tfsctl.bench.level_result import Interval
from tfsctl.bench.progress import Progress
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.cli._bench.display import BenchDisplay, open_display
from tfsctl.cli._bench.plot import Second, encodable, plot_lines
from tfsctl.serving import Server

BAR = "━"


def interval(start: float, *milliseconds: float, num_failed: int = 0) -> Interval:
    latencies = LatencyHistogram()
    for value in milliseconds:
        latencies.record(value / 1000)
    return Interval(
        start_seconds=start,
        seconds=1.0,
        num_answers=len(milliseconds),
        num_wrong=0,
        num_failed=num_failed,
        latencies=latencies,
    )


def progress(last: Interval | None) -> Progress:
    return Progress(
        1200,
        None,
        5.0,
        0.5,
        level=Level(8, 250.0),
        level_number=2,
        num_levels=4,
        last_interval=last,
        num_failed=3,
        num_wrong=40,
    )


@contextmanager
def display(width: int) -> Iterator[tuple[BenchDisplay, StringIO]]:
    stream = StringIO()
    console = Console(file=stream, force_terminal=True, width=width, height=30, highlight=False)
    with Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        yield BenchDisplay("mnist", live), stream


@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_a_frame_fits_and_says_everything(width: int) -> None:
    with display(width) as (drawing, _):
        drawing.update(progress(interval(0.0, 2.0, 2.0, 9.0)))
        lines = drawing.frame(progress(interval(0.0, 2.0, 2.0, 9.0))).plain.splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(lines)
    told = ("mnist", "part 2 of 4", "concurrency 8", "250/s planned", "3 answers/s", "p50 2.00 ms", "p99 9.00 ms")
    assert all(part in text for part in (*told, "1,200 requests", "3 failed", "3.3% of answers wrong", "38%"))


def test_each_interval_is_plotted_once() -> None:
    with display(80) as (drawing, _):
        for number in (0, 0, 0, 1, 1, 2):
            drawing.update(progress(interval(float(number), 5.0)))
        plot = [line for line in drawing.frame(progress(None)).plain.splitlines() if "│" in line]
    assert [line.partition("│")[2].count("█") for line in plot] == [3, 3, 3, 3, 3]


def test_frames_are_drawn_four_times_a_second_at_most() -> None:
    with display(80) as (drawing, stream):
        for _ in range(1000):
            drawing.update(progress(None))
        drawn = stream.getvalue().count("1,200 requests")
    assert 1 <= drawn <= 20  # 1,000 frames would take longer than five seconds


def test_a_plot_has_columns_for_percentiles_and_crosses_for_failed_calls() -> None:
    seconds = [
        Second(2.0, 4.0, False),
        Second(None, None, True),
        Second(4.0, 4.0, False),
    ]
    lines = plot_lines(seconds, width=80)
    columns = ["".join(line[11 + column] for line in lines[:6]) for column in range(3)]
    assert columns == ["░░▄██─", "     x", "█████─"]
    assert lines[0].startswith("     4 ms │")


@pytest.mark.parametrize(("seconds", "width"), [([], 80), ([Second(1.0, 2.0, False)], 15)])
def test_without_figures_or_room_there_is_no_plot(seconds: Sequence[Second], width: int) -> None:
    assert plot_lines(seconds, width=width) == []


def test_a_terminal_without_blocks_gets_plain_characters() -> None:
    assert encodable("5 ms │░▄█ · ━─", "ascii") == "5 ms |:## - =-"
    assert encodable("5 ms │░▄█", "utf-8") == "5 ms │░▄█"


def test_nothing_is_drawn_where_it_is_not_wanted() -> None:
    stream = StringIO()
    with open_display("mnist", stream, shown=False) as update:
        update(progress(interval(0.0, 2.0)))
    assert stream.getvalue() == ""


@contextmanager
def bench(server: Server, *options: str, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    arguments = ("bench", "half_plus_two", "--rest", "--server", server.rest_address, *options)
    with on_terminal(*arguments, columns=columns, **variables) as terminal:
        yield terminal


@pytest.mark.parametrize("columns", [40, 80])
def test_a_terminal_shows_it_live_and_then_only_the_figures(server: Server, columns: int) -> None:
    with bench(server, "--duration", "2.5", columns=columns) as terminal:
        terminal.read_until("p99 ")
        terminal.read_until("░ p99")
        assert terminal.wait() == 0
        left = shown(terminal.read_to_end(), width=columns)
    assert left.startswith("Inference error rate: 0.0%")
    assert BAR not in left


def test_without_colour_nothing_is_coloured(server: Server) -> None:
    with bench(server, "--duration", "1.5", NO_COLOR="1") as terminal:
        assert terminal.wait() == 0
        text = terminal.read_to_end()
    assert BAR in text
    assert not [code for code in ("\x1b[31m", "\x1b[36m", "\x1b[33m") if code in text]


@pytest.mark.parametrize("option", ["-q", "--json"])
def test_quiet_and_json_draw_nothing(server: Server, option: str) -> None:
    with bench(server, "--num-tests", "50", option) as terminal:
        assert terminal.wait() == 0
        text = terminal.read_to_end()
    assert BAR not in text
    assert "\x1b[?25l" not in text


def test_a_pipe_gets_nothing_but_the_figures(server: Server) -> None:
    command = [*COMMAND, "bench", "half_plus_two", "--num-tests", "50", "--rest", "--server", server.rest_address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    assert done.stdout.startswith("Inference error rate: 0.0%\n")
