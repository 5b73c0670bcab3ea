"""Start a server that goes on when the process ends that started it."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from tfsctl.background.process_identity import birth_of, own_identity
from tfsctl.background.server_entry import ServerEntry, ServerState
from tfsctl.background.state_directory import StateDirectory, check_name, to_name
from tfsctl.background.stopping import end_process
from tfsctl.disk import disk_errors
from tfsctl.errors import AlreadyExistsError, Code, ServerStartError, TfsctlError, UsageError, error_for

# A blocking read would keep Ctrl-C waiting on Windows.
_WAKE_SECONDS = 0.5


def start(
    arguments: Sequence[str], *, name: str | None, default_name: str, command: str, state: StateDirectory | None = None
) -> tuple[ServerEntry, dict[str, Any]]:
    """Run `tfsctl ARGUMENTS --json`, which serves, in a session of its own, and return once it is ready.

    Without a `name` it gets `default_name`, with a number where a live server has that. `command` is what to show
    people. Returns the server, and the object that it wrote to stdout when it was ready.

    Interrupted or failed, nothing is left behind: no process, no file.

    Raises:
        UsageError: the name cannot be one.
        AlreadyExistsError: a live server has it.
        ServerStartError: the server did not start; message and hint are its own.
        TfsctlError: the state directory cannot be written (`tfsctl.disk.disk_errors`).
    """
    if name is not None:
        check_name(name)
    state = state or StateDirectory()
    entry = _reserve(state, name, default_name=default_name, command=command)
    process: subprocess.Popen[str] | None = None
    try:
        process = _spawn(arguments, entry.log)
        entry = replace(entry, pid=process.pid, birth=birth_of(process.pid) or "")
        state.write(entry)
        announced = _announced(process, entry.log)
        entry = _as_announced(entry, announced)
        state.write(entry)
    except BaseException:
        if process is not None:
            end_process(process)
        state.remove(entry)
        raise
    process.returncode = 0  # It is not waited for, on purpose: Popen would warn of that.
    return entry, announced


def _reserve(state: StateDirectory, name: str | None, *, default_name: str, command: str) -> ServerEntry:
    """Take a name, for this process until there is a server's."""
    state.forget_old()
    with state.locked():
        taken = {each.name: each for each in state.entries() if each.state() is not ServerState.EXITED}
        if name is None:
            name = next(each for each in _candidates(to_name(default_name)) if each not in taken)
        elif name in taken:
            raise _taken_error(taken[name])
        pid, birth = own_identity()
        started = datetime.now(timezone.utc).replace(microsecond=0)
        entry = ServerEntry(name=name, pid=pid, birth=birth, command=command, log=state.log_of(name), started=started)
        state.write(entry)
        with disk_errors(entry.log):
            entry.log.write_bytes(b"")
            entry.log.chmod(0o600)
    return entry


def _candidates(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1


def _taken_error(entry: ServerEntry) -> TfsctlError:
    if entry.state() is ServerState.ELSEWHERE:
        return AlreadyExistsError(f"A server named {entry.name} was started on {entry.host}.", hint="Choose another.")
    return AlreadyExistsError(
        f"A server named {entry.name} is running already (pid {entry.pid}).",
        hint=f"Choose another --name, or stop it: tfsctl stop {entry.name}",
    )


def _spawn(arguments: Sequence[str], log: Path) -> subprocess.Popen[str]:
    with disk_errors(log), log.open("ab") as log_file:
        return subprocess.Popen(  # noqa: S603 (ourselves)
            [sys.executable, "-m", "tfsctl", "--json", *arguments],
            stdin=subprocess.DEVNULL,
            # Read up to the first line. Should this process be killed before that, the server ends when it writes it.
            stdout=subprocess.PIPE,
            stderr=log_file,
            encoding="utf-8",
            **_own_session(),
        )


def _own_session() -> dict[str, Any]:
    """No signal that the terminal sends reaches the server, and closing the terminal does not end it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _announced(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    """What the server writes when it is ready; ServerStartError, or the server's own error, if it ends instead."""
    assert process.stdout is not None
    try:
        announced = json.loads(_first_line(process.stdout))
    except ValueError:
        process.wait()
        raise _start_error(log, process.returncode) from None
    process.stdout.close()
    return dict(announced)


def _first_line(stdout: IO[str]) -> str:
    """The first line, empty if there is none; in a thread, so that this one can be interrupted."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: lines.put(stdout.readline()), name="server's stdout", daemon=True).start()
    while True:
        with contextlib.suppress(queue.Empty):
            return lines.get(timeout=_WAKE_SECONDS)


def _start_error(log: Path, status: int) -> TfsctlError:
    """The error in the server's own words: with `--json` it ends with its error as an object."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    try:
        error = json.loads(lines[-1])["error"]
        message, hint, code, exit_status = error["message"], error["hint"], Code[error["code"]], error["exit_status"]
    except (ValueError, KeyError, TypeError, IndexError):
        said = "\n".join(lines[-5:])
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return ServerStartError(f"The server ended with {how} before it was ready.", hint=said or None)
    return _known_error(code, message, hint, exit_status)


def _known_error(code: Code, message: str, hint: str | None, exit_status: int) -> TfsctlError:
    """The error of the server, for this command to end as the server did."""
    if exit_status == 3:  # A server that did not start (docs/reference/exit-codes.md).
        return ServerStartError(message, hint=hint)
    return UsageError(message, hint=hint) if exit_status == 2 else error_for(code, message, hint=hint)


def _as_announced(entry: ServerEntry, announced: Mapping[str, Any]) -> ServerEntry:
    return replace(
        entry,
        is_ready=True,
        grpc=announced["grpc"],
        rest=announced["rest_url"],
        models=tuple(model["name"] for model in announced["models"]),
    )
