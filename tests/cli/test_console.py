from __future__ import annotations

import io

import pytest

from tfsctl.cli._frame.console import Console, OutputClosedError


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_results_go_to_stdout_and_talk_to_stderr() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out=out, err=err)
    console.show("result")
    console.say("talk")
    console.warn("careful")
    assert out.getvalue() == "result\n"
    assert err.getvalue() == "talk\nWarning: careful\n"


def test_quiet_silences_talk_but_no_result_and_no_warning() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(quiet=True, verbosity=1, out=out, err=err)
    console.show("result")
    console.say("talk")
    console.detail("detail")
    console.warn("careful")
    assert (out.getvalue(), err.getvalue()) == ("result\n", "Warning: careful\n")


def test_detail_is_told_only_when_verbose() -> None:
    err = io.StringIO()
    Console(err=err).detail("more")
    Console(verbosity=1, err=err).detail("even more")
    assert err.getvalue() == "even more\n"


@pytest.mark.parametrize(
    ("environment", "stream", "colored"),
    [
        ({}, Terminal, True),
        ({}, io.StringIO, False),
        ({"NO_COLOR": "1"}, Terminal, False),
        ({"NO_COLOR": ""}, Terminal, True),
        ({"TERM": "dumb"}, Terminal, False),
        ({"FORCE_COLOR": "1"}, io.StringIO, True),
        ({"CLICOLOR_FORCE": "1"}, io.StringIO, True),
        ({"CLICOLOR_FORCE": "0"}, io.StringIO, False),
        ({"FORCE_COLOR": "0"}, io.StringIO, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, Terminal, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal, False),
    ],
)
def test_color_follows_the_environment_and_then_the_stream(
    environment: dict[str, str], stream: type[io.StringIO], colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    err = stream()
    Console(err=err).warn("careful")
    assert ("\x1b[" in err.getvalue()) is colored


def test_no_color_is_a_flag_too_and_comes_before_force_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    err = Terminal()
    console = Console(err=err)
    console.merge(as_json=False, quiet=False, verbosity=0, no_color=True)
    console.warn("careful")
    assert err.getvalue() == "Warning: careful\n"


def test_stdout_and_stderr_are_judged_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    pipe, terminal = io.StringIO(), Terminal()
    console = Console(out=pipe, err=terminal)
    console.show_table(("name",), [("a",)])
    console.warn("careful")
    assert "\x1b" not in pipe.getvalue()
    assert "\x1b[33m" in terminal.getvalue()


def test_a_long_message_is_shortened_unless_details_are_wanted() -> None:
    message = "\n".join(f"line {number}" for number in range(9))
    for verbosity, lines in ((0, 1), (1, 9)):
        err = io.StringIO()
        Console(err=err, verbosity=verbosity).fail(message, code="NOT_FOUND", exit_status=4)
        assert len(err.getvalue().splitlines()) == lines


def test_json_is_one_line_for_a_pipe_and_fitted_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        Console(out=stream).show_json({"a": [1.5, 2.5], "b": "ccccccc"})
    assert pipe.getvalue() == '{"a": [1.5, 2.5], "b": "ccccccc"}\n'
    assert terminal.getvalue() == '{\n  "a": [1.5, 2.5],\n  "b": "ccccccc"\n}\n'


def test_a_table_is_cut_to_a_terminal_and_complete_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        Console(out=stream).show_table(("name", "error"), [("model", "e" * 50), ("m", "line\nfeed \x1b[31m")])
    assert pipe.getvalue().splitlines() == [
        "NAME   ERROR",
        f"model  {'e' * 50}",
        "m      line feed �[31m",
    ]
    assert max(len(line) for line in terminal.getvalue().splitlines()[1:]) == 30
    assert "…" in terminal.getvalue()


def test_writing_to_a_closed_pipe_is_told_apart_from_other_errors() -> None:
    with pytest.raises(OutputClosedError):
        Console(out=ClosedPipe()).show("result")


def test_a_character_that_the_stream_cannot_show_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Console(out=stream).show("naïve")
    assert raw.getvalue() == b"na\\xefve\n"


def test_progress_draws_a_bar_on_a_terminal_and_clears_it_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    err = Terminal()
    with Console(err=err).progress("Training") as progress:
        progress.update(1, 2, "loss 0.5")
        progress.update(2, 2, "loss 0.3")
    assert "Training" in err.getvalue()
    assert "loss 0.3" in err.getvalue()


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_elsewhere_writes_no_control_characters(quiet: bool) -> None:
    err = io.StringIO()
    with Console(err=err, quiet=quiet).progress("Training") as progress:
        progress.update(1, 2)
    assert err.getvalue() == ""
