"""What a person sees and does: colours, bars, Ctrl-C, a reader that goes away."""

from __future__ import annotations

import os
import subprocess
import sys

from cli.terminal import COMMAND, on_terminal
from tfsctl.serving import Server


def test_a_bar_moves_on_a_terminal_and_ctrl_c_ends_with_130(server: Server) -> None:
    address = server.rest_address
    with on_terminal("bench", "half_plus_two", "--duration", "60", "--rest", "--server", address) as terminal:
        terminal.read_until("requests")
        terminal.press_ctrl_c()
        assert terminal.wait() == 130
        text = terminal.read_to_end()
    assert "Interrupted." in text
    assert "Traceback" not in text


def test_the_bar_is_gone_when_the_figures_are_shown(server: Server) -> None:
    options = ("--num-tests", "50", "--rest", "--server", server.rest_address)
    with on_terminal("bench", "half_plus_two", *options) as terminal:
        assert terminal.wait() == 0
        last = terminal.read_to_end().rpartition("\x1b[2K")[2]
    assert "Inference error rate: 0.0%" in last


def test_an_error_is_coloured_on_a_terminal() -> None:
    with on_terminal("prdict") as terminal:
        assert terminal.wait() == 2
        assert "\x1b[1;31mError: \x1b[0mNo such command" in terminal.read_to_end()


def test_a_reader_that_goes_away_is_no_failure(server: Server) -> None:
    process = subprocess.Popen(
        [*COMMAND, "metadata", "half_plus_two", "--rest", "--server", server.rest_address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "half_plus_two, version 1\n")


def test_stdout_that_is_closed_or_full_is_no_traceback() -> None:
    closed = subprocess.run(["sh", "-c", f"{sys.executable} -m tfsctl --version >&-"], capture_output=True, check=False)
    assert (closed.returncode, closed.stderr) == (0, b"")
    with open("/dev/full", "w") as full:
        result = subprocess.run([*COMMAND, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.stderr == "Error: No space left on device\n"


def test_shells_can_complete_commands_and_options() -> None:
    def completed(line: str) -> list[str]:
        environment = {**os.environ, "_TFSCTL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "1"}
        environment["COMP_CWORD"] = str(len(line.split(" ")) - 1)
        done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout.split()

    assert completed("tfsctl pre") == ["predict"]
    assert completed("tfsctl bench --num") == ["--num-tests"]
