"""The command line as a process of its own, on pipes or on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

COMMAND = [sys.executable, "-m", "tfsctl"]
_PATIENCE_SECONDS = 60.0


class Running(NamedTuple):
    """A `tfsctl serve` that is ready, and what it said on stdout."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]


@contextlib.contextmanager
def serving(*args: str, stderr: Path) -> Iterator[Running]:
    """`tfsctl serve … --json` on free ports, from when it is ready; killed at the end if it still runs."""
    command = [*COMMAND, "serve", "--port", "0", "--rest-api-port", "0", "--json", *args]
    with stderr.open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            assert process.stdout is not None
            select.select([process.stdout], [], [], _PATIENCE_SECONDS)
            line = process.stdout.readline()
            assert line, stderr.read_text()
            yield Running(process, json.loads(line))
        finally:
            process.kill()


class Terminal:
    """A process whose stdin, stdout and stderr are a terminal of so many columns, and which has further variables."""

    def __init__(self, *args: str, columns: int = 80, **variables: str) -> None:
        self._screen, side = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **variables}
        self.process = subprocess.Popen(
            [*COMMAND, *args], stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True
        )
        os.close(side)
        self.text = ""

    def read_until(self, wanted: str) -> str:
        """What was written up to and including `wanted`."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while wanted not in self.text:
            ready, _, _ = select.select([self._screen], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{wanted!r} was not written: {self.text!r}"
            try:
                self.text += os.read(self._screen, 65536).decode(errors="replace")
            except OSError as error:  # The other side is closed: the process has ended.
                raise AssertionError(f"{wanted!r} was not written: {self.text!r}") from error
        return self.text

    def read_to_end(self) -> str:
        """Everything that was written."""
        with contextlib.suppress(OSError):
            while select.select([self._screen], [], [], _PATIENCE_SECONDS)[0]:
                data = os.read(self._screen, 65536)
                if not data:
                    break
                self.text += data.decode(errors="replace")
        return self.text

    def press_ctrl_c(self) -> None:
        """Send SIGINT to the process and its children, as a terminal does."""
        os.killpg(self.process.pid, 2)

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(_PATIENCE_SECONDS)

    def close(self) -> None:
        """End the process if it still runs."""
        self.process.kill()
        self.process.wait()
        os.close(self._screen)


@contextlib.contextmanager
def on_terminal(*args: str, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    """Run a command on a terminal."""
    terminal = Terminal(*args, columns=columns, **variables)
    try:
        yield terminal
    finally:
        terminal.close()
