"""The stand-in for `tensorflow_model_server` as a process of its own."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

COMMAND = [sys.executable, "-m", "tfsctl.serving"]
PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class StandIn:
    """A running process, and what it has written to stderr as far as it was read."""

    process: subprocess.Popen[str]
    log: str = ""

    def wait_for(self, text: str) -> None:
        """Wait until `text` stands in the log."""
        assert self.process.stderr is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.log:
            ready, _, _ = select.select([self.process.stderr], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self.process.stderr.fileno(), 65536) if ready else b""
            assert data, f"{text!r} was not written: {self.log}"
            self.log += data.decode()

    def stop(self) -> int:
        """Send SIGTERM, and return the exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


@contextlib.contextmanager
def stand_in(*args: str) -> Iterator[StandIn]:
    """The process, killed at the end if it still runs."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *args], stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield StandIn(process)
        finally:
            process.kill()


def run_stand_in(*args: str) -> subprocess.CompletedProcess[str]:
    """The process, until it ends by itself."""
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def free_port() -> int:
    """A port that nobody listens on now, found as TF Serving's own tests do."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("", 0))
        port: int = listener.getsockname()[1]
    return port
