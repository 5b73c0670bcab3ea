from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tfsctl.background import (
    ServerEntry,
    ServerState,
    StateDirectory,
    port_holder,
    start,
    stop,
    wait_for_address,
    wait_for_server,
)
from tfsctl.background.process_identity import own_identity
from tfsctl.background.stopping import has_ended
from tfsctl.errors import (
    AlreadyExistsError,
    DeadlineExceededError,
    NotFoundError,
    ServerStartError,
    UnavailableError,
    UsageError,
)

FREE_PORTS = ("--port=0", "--rest-api-port=0")


def start_half(zoo: Path, *args: str, name: str | None = None) -> tuple[ServerEntry, dict[str, Any]]:
    """A server in the background with half_plus_two."""
    arguments = ["serve", *FREE_PORTS, *args, str(zoo / "half_plus_two")]
    return start(arguments, name=name, default_name="half", command="tfsctl serve half_plus_two")


def test_a_started_server_answers_holds_its_port_and_ends_when_stopped(zoo: Path, state: StateDirectory) -> None:
    entry, announced = start_half(zoo)
    assert (entry.name, entry.state(), entry.models) == ("half", ServerState.RUNNING, ("half_plus_two",))
    assert state.entry("half") == entry
    assert wait_for_server("half", timeout_seconds=30) == entry
    wait_for_address(announced["grpc"], timeout_seconds=30)
    holder = port_holder(int(announced["rest"].rpartition(":")[2]))
    assert str(holder) == f"tfsctl server half (pid {entry.pid})"
    assert os.getsid(entry.pid) == entry.pid
    assert stop(entry, timeout_seconds=30)
    assert list(state.path.glob("*.*")) == []
    assert not stop(entry, timeout_seconds=0)


def test_names_are_unique_and_that_of_a_dead_server_is_free_again(zoo: Path, state: StateDirectory) -> None:
    first, _ = start_half(zoo)
    second, _ = start_half(zoo)
    assert (first.name, second.name) == ("half", "half-2")
    with pytest.raises(AlreadyExistsError, match=rf"half is running already \(pid {first.pid}\)"):
        start_half(zoo, name="half")
    os.kill(first.pid, signal.SIGKILL)
    assert has_ended(first, timeout_seconds=30)
    assert [entry.state() for entry in state.entries()] == [ServerState.EXITED, ServerState.RUNNING]
    with pytest.raises(UnavailableError, match="has ended"):
        wait_for_server("half", timeout_seconds=1)
    assert start_half(zoo, name="half")[0].pid != first.pid


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["serve", "missing"], ServerStartError, "No such file"),
        (["serve", "--bad-option"], UsageError, "No such option"),
        (["--help"], ServerStartError, "status 0 before it was ready"),
    ],
)
def test_a_server_that_cannot_start_says_why_and_leaves_nothing(
    arguments: list[str], error: type[Exception], message: str, state: StateDirectory
) -> None:
    with pytest.raises(error, match=message):
        start(arguments, name="x", default_name="x", command="")
    assert list(state.path.glob("*.*")) == []


def test_a_start_that_is_interrupted_leaves_nothing(state: StateDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    children = set(psutil.Process().children())

    def interrupted(_stdout: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("tfsctl.background.starting._first_line", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(["serve", "--model-base-path=nowhere", *FREE_PORTS], name="x", default_name="x", command="")
    assert list(state.path.glob("*.*")) == []
    assert set(psutil.Process().children()) <= children


def test_only_the_process_that_was_started_is_ended(state: StateDirectory, zoo: Path) -> None:
    pid, birth = own_identity()
    entry, _ = start_half(zoo)
    reused = replace(entry, name="reused", pid=pid, birth=birth + "0", log=state.log_of("reused"))
    state.write(reused)
    assert not stop(reused, timeout_seconds=1)
    assert state.entry("reused") is None


def test_a_server_that_does_not_end_is_killed(zoo: Path, state: StateDirectory) -> None:
    entry, _ = start_half(zoo)
    os.kill(entry.pid, signal.SIGSTOP)
    killed: list[bool] = []
    assert stop(entry, timeout_seconds=0.2, on_kill=lambda: killed.append(True))
    assert killed == [True]
    assert not entry.is_alive


def test_waiting_for_a_server_that_never_gets_ready_ends(state: StateDirectory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    for scheme in ("", "http://", "grpc://", "https://"):
        with pytest.raises(DeadlineExceededError, match=r"is not ready after 0\.1 s"):
            wait_for_address(f"{scheme}127.0.0.1:{closed}", timeout_seconds=0.1)
    with pytest.raises(NotFoundError, match="No server named x"):
        wait_for_server("x", timeout_seconds=0.1)


def test_a_rest_server_that_says_that_it_is_not_ready_is_waited_for(state: StateDirectory) -> None:
    answers = [b"503 Unavailable", b"503 Unavailable", b"404 Not Found"]
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while answers:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 " + answers.pop(0) + b"\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        wait_for_address(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_seconds=30)
        thread.join()
    assert answers == []


def test_a_port_that_nobody_holds_has_no_holder(state: StateDirectory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        holder = port_holder(port)
        assert holder is not None
        assert (holder.pid, holder.server) == (os.getpid(), None)
    assert port_holder(port) is None
