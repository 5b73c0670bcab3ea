"""A terminal 40 columns wide: lines that fit, and nothing lost but behind an ellipsis."""

from __future__ import annotations

import contextlib
import io
import re
import sys

import pytest

from cli.runner import Runner
from tfsctl.cli._app import run
from tfsctl.cli._frame.line_breaks import broken
from tfsctl.cli._frame.table import format_table
from tfsctl.serving import Server

_COLORS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(*args: str) -> str:
    """What a command shows on a terminal, talk included."""
    screen, usual = Terminal(), sys.stdin
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        run(args)
    sys.stdin = usual
    return _COLORS.sub("", screen.getvalue())


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")


LINES = [
    "models",
    "status",
    "status --json",
    "metadata half_plus_two",
    "metadata half_plus_two --json",
    "predict half_plus_two [1.0,2.0]",
    "predict sum_difference",
    "predict no_such_model [1.0]",
    "label list",
    "config show --origin",
    "config show predict --origin",
    "doctor",
    "ps",
]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("line", LINES)
def test_lines_fit_or_are_one_word(line: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFSCTL_SERVER", server.rest_address)
    text = on_terminal(*line.split())
    too_long = [shown for shown in text.splitlines() if len(shown) > 41]
    # A path, an address or a command cannot be broken.
    assert [shown for shown in too_long if max(map(len, shown.split())) <= 20 and "tfsctl " not in shown] == []


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("line", ["models", "status", "metadata half_plus_two", "label list"])
def test_every_value_of_a_table_is_shown_or_cut_with_an_ellipsis(
    line: str, server: Server, tfsctl: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFSCTL_SERVER", server.rest_address)
    piped = tfsctl(*line.split())
    shown = on_terminal(*line.split())
    beginnings = tuple(word.rstrip("…") for word in shown.split() if word.endswith("…"))
    together = "".join(shown.split())
    missing = [word for word in piped.split() if word not in together and not word.startswith(beginnings or ("\0",))]
    assert missing == []


def test_the_text_of_the_last_column_goes_on_below() -> None:
    lines = format_table(("name", "message"), [("m", "one two three four five six seven")], width=32)
    assert lines == ["NAME  MESSAGE", "m     one two three four five", "      six seven"]


def test_a_table_that_is_far_too_wide_becomes_lines() -> None:
    row = ("half_plus_two", "127.0.0.1:8500", "classify_x_to_y")
    assert format_table(("model", "grpc", "signature"), [row, row], width=30) == [
        *(record := ["MODEL      half_plus_two", "GRPC       127.0.0.1:8500", "SIGNATURE  classify_x_to_y"]),
        "",
        *record,
    ]


def test_the_column_to_shorten_is_cut_first() -> None:
    row = ("half_plus_two", "a" * 20, "b" * 20)
    first, second = format_table(("model", "x", "y"), [row], width=50, shorten="model")
    assert second.startswith("half_pl…  ")
    assert max(len(first), len(second)) <= 50


def test_prose_is_broken_between_words_and_commands_are_not() -> None:
    assert broken("one two three four five six seven", 24, start="Hint: ") == "one two three four\nfive six seven"
    command = "Try: curl -d '{}' http://127.0.0.1:8501/v1/models/half_plus_two:predict"
    assert broken(command, 24) == command
    assert broken("  indented words that are too long for it", 24).splitlines()[1].startswith("  ")
