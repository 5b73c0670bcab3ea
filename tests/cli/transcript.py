"""Transcripts: what commands write, with all that differs from run to run replaced by names."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from cli.runner import Runner
from cli.screen import shown
from cli.terminal import on_terminal

STORED = Path(__file__).parent / "transcripts"
RECORD_VARIABLE = "RECORD_TRANSCRIPTS"
# In this order: what is long before what is part of it.
_VOLATILE = (
    (r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:PORT"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(\+00:00|Z)?", "TIME"),
    (r"\b\d+(\.\d+)? (s|ms|µs|seconds)\b", r"N \2"),
    (r"\b[\d,.]+ (answers|requests)/s", r"N \1/s"),
    (r"\b[\d,.]+ (bytes|kB|MB|GB|KiB|MiB|GiB)\b", r"N \1"),
    (r"\b(TensorFlow|tfsctl|Python) \d+\.[\d.]+\S*", r"\1 VERSION"),
    (r"held by \S+ \(pid \d+\)", "held by PROGRAM (pid PID)"),
    (r"\b(pid|process) \d+\b", r"\1 PID"),
    (r"^(half_plus_two  )\d{3,7} +(?=127)", r"\1PID  "),
    # How much is cut depends on how long a process's number is.
    (r"\bhalf_p[a-z_]*…", "half_p…"),
    (r"\b\d+s$", "AGE"),
    (r"\b\d\d\.\d\d%", "N%"),
)


class Recorder:
    """Runs commands as a person on a terminal would, and as a script would, and notes what they write."""

    def __init__(self, tfsctl: Runner, *, hidden: Sequence[tuple[str, str]] = ()) -> None:
        self._tfsctl = tfsctl
        self._hidden = hidden
        self._volatile: list[tuple[str, str]] = []
        self._notes: list[str] = []

    def hide(self, pattern: str, name: str) -> None:
        """Replace what differs from run to run in this transcript alone."""
        self._volatile.append((pattern, name))

    def run(self, line: str, *options: str, terminal: bool = True, pipe: bool = True, stdin: str = "") -> None:
        """Run `tfsctl LINE` both ways; `options` are given too, but not noted."""
        args = [*shlex.split(line), *options]
        if terminal:
            with on_terminal(*args) as screen:
                written = screen.read_to_end()
                self.note(f"$ tfsctl {line}", shown(written), screen.wait())
        if pipe:
            result = self._tfsctl(*args, stdin=stdin)
            parts = [result.rstrip("\n"), *(f"2> {text}" for text in result.stderr.splitlines())]
            self.note(f"$ tfsctl {line} | cat", "\n".join(part for part in parts if part), result.exit_code)

    def note(self, heading: str, text: str, status: int) -> None:
        """Add what one command wrote and how it ended."""
        ending = f"[exit status {status}]" if status else ""
        self._notes.append("\n".join(part for part in (heading, self._settled(text), ending) if part))

    def text(self) -> str:
        """All that was noted."""
        return "\n\n".join(self._notes) + "\n"

    def _settled(self, text: str) -> str:
        for found, name in self._hidden:
            text = text.replace(found, name)
        for pattern, name in (*self._volatile, *_VOLATILE):
            text = re.sub(pattern, name, text, flags=re.MULTILINE)
        return text


def compare(name: str, recorder: Recorder) -> None:
    """Compare with what is stored; with RECORD_TRANSCRIPTS=1 in the environment store it instead."""
    file = STORED / f"{name}.txt"
    if os.environ.get(RECORD_VARIABLE):
        file.write_text(recorder.text(), encoding="utf-8")
    assert _plain(recorder.text()) == _plain(file.read_text(encoding="utf-8"))


def _plain(text: str) -> list[str]:
    """Lines without the width of what was replaced."""
    return [re.sub(r" +", " ", line).strip() for line in text.splitlines()]
