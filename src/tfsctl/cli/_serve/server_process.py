"""A `tfsctl serve` of our own in a process beside us, as a user would start it, on free ports."""

from __future__ import annotations

import contextlib
import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from tfsctl.errors import ServerStartError

_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_NUM_LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that answers: its addresses as `HOST:PORT`, and the process."""

    grpc: str
    rest: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def server_process(models: Path, *, log: Path) -> Iterator[ServerProcess]:
    """Serve the directory `models` as long as the block runs; see `serving_process`."""
    with serving_process(["serve", str(models), "--port=0", "--rest-api-port=0"], log=log) as server:
        yield server


@contextlib.contextmanager
def serving_process(arguments: Sequence[str], *, log: Path) -> Iterator[ServerProcess]:
    """Run `tfsctl ARGUMENTS`, which serves on both ports, as long as the block runs; what it says goes to `log`.

    However the block ends, SIGTERM included, the server is told to stop and waited for.

    Raises ServerStartError if it does not start; the message is what it said last.
    """
    command = [sys.executable, "-m", "tfsctl", "--json", *arguments]
    with (
        log.open("w") as log_file,
        terminated_like_interrupted(),
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log_file, text=True) as process,  # noqa: S603 (ourselves)
    ):
        try:
            yield _ready(process, log)
        finally:
            _stop(process)


def _ready(process: subprocess.Popen[str], log: Path) -> ServerProcess:
    """The server, once it has said where it listens."""
    try:
        addresses = json.loads(_first_line(process.stdout))
    except ValueError as error:
        raise _start_error(log) from error
    return ServerProcess(addresses["grpc"], addresses["rest"], process)


def _first_line(stdout: IO[str] | None) -> str:
    """The line with which the server says that it is ready; empty if it ends or takes too long."""
    assert stdout is not None
    ready, _, _ = select.select([stdout], [], [], _START_SECONDS)
    return stdout.readline() if ready else ""


def _start_error(log: Path) -> ServerStartError:
    """The error in the server's own words: with `--json` it ends with its error as an object."""
    said = log.read_text(errors="replace").splitlines()[-_NUM_LAST_LINES:]
    try:
        error = json.loads(said[-1])["error"]
    except (ValueError, KeyError, TypeError, IndexError):
        last = "\n".join(["It said last:", *said]) if said else "It said nothing."
        return ServerStartError("The server did not start.", hint=last)
    return ServerStartError(error["message"], hint=error["hint"])


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    except KeyboardInterrupt:  # Twice: no time for requests that still run.
        process.kill()
        raise


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM unwind the stack, as Ctrl-C does, so that the server is not left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
