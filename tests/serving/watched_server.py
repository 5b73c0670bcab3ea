"""A server in a process of its own: it may die without taking the tests along, and its memory is only its own."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from types import TracebackType
from typing import IO

from serving.stand_in_process import COMMAND, free_port

_START_SECONDS = 120.0
_KEPT_LINES = 400
_READY = "Exporting HTTP/REST API at:"
# What a server writes when something happens that nobody has thought of.
_SIGNS_OF_A_BUG = (
    "Traceback",
    "failed unexpectedly",
    "Fatal Python error",
    "the answer cannot be written",
    "Exception ignored",
)


class WatchedServer:
    """`python -m tfsctl.serving` with these flags and ports of its own; started again by `must_be_well` if it died."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._bugs: list[str] = []
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.port = self.rest_port = 0
        self.start()

    def __enter__(self) -> WatchedServer:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """The last lines of it."""
        return "\n".join(self._lines)

    def must_be_well(self) -> None:
        """Fail if the process has died (and start another one), or has written of something unexpected."""
        assert self._process is not None
        status = self._process.poll()
        if status is not None:
            log = self.log
            self.stop()
            self.start()
            raise AssertionError(f"The server died with status {status}:\n{log}")
        if self._bugs:
            self._bugs.clear()
            raise AssertionError(f"The server was taken by surprise:\n{self.log}")

    def start(self) -> None:
        """Return when the ports are open."""
        self.port, self.rest_port = free_port(), free_port()
        command = [*COMMAND, f"--port={self.port}", f"--rest_api_port={self.rest_port}", "--host=127.0.0.1"]
        self._lines.clear()
        self._bugs.clear()
        self._ready.clear()
        self._process = subprocess.Popen([*command, *self._flags], stderr=subprocess.PIPE, text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True)
        self._reader.start()
        if not self._ready.wait(_START_SECONDS) or self._process.poll() is not None:
            self._process.kill()
            raise AssertionError(f"The server did not start:\n{self.log}")

    def stop(self) -> None:
        """Kill it."""
        assert self._process is not None
        assert self._reader is not None
        self._process.kill()
        self._process.wait(_START_SECONDS)
        self._reader.join(_START_SECONDS)
        self._process = None

    def _read(self, stderr: IO[str]) -> None:
        with stderr:
            for line in stderr:
                self._lines.append(line.rstrip("\n"))
                if _READY in line:
                    self._ready.set()
                if any(sign in line for sign in _SIGNS_OF_A_BUG):
                    self._bugs.append(line)
        self._ready.set()
