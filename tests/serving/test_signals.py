"""A server in a process of its own, ended by signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
import pytest

from serving.grpc_calls import GrpcCalls, connected, floats, refusal, tensor
from serving.model_directory import serve
from serving.slow_calls import keep_calling, slow_call
from tfsctl.serving import signals
from tfsctl.serving.signals import run_until_signal

WAIT_SECONDS = 60.0

# Says on stdout when signals are taken, and when the ports are open; then waits.
PROGRAM = """
import faulthandler, signal, sys
faulthandler.dump_traceback_later(120, exit=True)  # One that hangs says where.
from pathlib import Path
from tfsctl.errors import ServerStartError
from tfsctl.serving import ModelConfig, Server, ServerConfig
from tfsctl.serving import signals

base_paths = [Path(argument) for argument in sys.argv[2:]]
models = tuple(ModelConfig(name=path.name, base_path=path) for path in base_paths)
settings = dict(port=0, rest_api_port=None, file_system_poll_wait_seconds=0.05, max_num_load_retries=0)
server = Server(ServerConfig(models=models, drain_seconds=float(sys.argv[1]), **settings))
set_signal, before = signal.signal, signal.getsignal(signal.SIGTERM)

def tell(number, handler):
    previous = set_signal(number, handler)
    if number == signal.SIGTERM and callable(handler):
        print("handling", flush=True)
    return previous

signal.signal = tell
try:
    status = signals.run_until_signal(server, on_started=lambda: print(server.grpc_address, flush=True))
except ServerStartError as error:
    print(error, flush=True)
    status = 3
assert signal.getsignal(signal.SIGTERM) is before, "handlers are put back"
sys.exit(status)
"""


class Process:
    """The program above, running."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen

    def line(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()

    def send(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def status(self) -> int:
        return self.popen.wait(WAIT_SECONDS)


@contextmanager
def process(*base_paths: Path, drain_seconds: float = 30.0) -> Iterator[Process]:
    """The program, taking signals already, as the leader of a session so that no signal of ours reaches others."""
    command = [sys.executable, "-c", PROGRAM, str(drain_seconds), *map(str, base_paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as popen:
        try:
            running = Process(popen)
            assert running.line() == "handling"
            yield running
        finally:
            popen.kill()


@contextmanager
def serving(*base_paths: Path, drain_seconds: float = 30.0) -> Iterator[tuple[Process, GrpcCalls]]:
    """The program with its ports open, and a channel to it."""
    with process(*base_paths, drain_seconds=drain_seconds) as running, connected(running.line()) as calls:
        yield running, calls


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_ends_with_status_0(zoo: Path, number: signal.Signals) -> None:
    with serving(zoo / "slow") as (running, calls):
        call = slow_call(calls, seconds=1.0)
        assert calls.predict("slow", {"seconds": zero()})
        running.send(number)
        assert call.result()
        assert running.status() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_server_that_still_waits_for_its_model(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path / "never") as running:
        running.send(number)
        assert running.status() == 0


def test_a_second_interrupt_leaves_at_once(zoo: Path) -> None:
    with serving(zoo / "slow") as (running, calls):
        call = slow_call(calls, seconds=60.0, timeout=120.0)
        assert calls.predict("slow", {"seconds": zero()})
        running.send(signal.SIGINT)
        refusal(lambda: keep_calling(calls))
        running.send(signal.SIGINT)
        assert running.status() == 130
        assert call.exception(timeout=WAIT_SECONDS) is not None


def test_a_server_ends_when_draining_has_used_up_its_time(zoo: Path) -> None:
    with serving(zoo / "slow", drain_seconds=0.1) as (running, calls):
        slow_call(calls, seconds=3600.0, timeout=3600.0)
        assert calls.predict("slow", {"seconds": zero()})
        running.send(signal.SIGTERM)
        assert running.status() == 0


def test_a_server_that_cannot_start_raises_in_the_caller(zoo: Path) -> None:
    with process(zoo / "truncated_saved_model") as running:
        assert running.line().startswith("1 servable(s) did not become available: ")
        assert running.status() == 3


def test_another_thread_may_stop_the_server_too(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: list[Any] = []
    monkeypatch.setattr(signal, "signal", lambda _, handler: handlers.append(handler))
    monkeypatch.setattr(signals, "_freeze_heap", lambda: None)  # This process is not the server's own.
    server = serve(zoo / "scalar")
    assert run_until_signal(server, on_started=lambda: Timer(0.0, server.stop).start()) == 0
    assert len(handlers) == 4
    assert server.is_drained


def test_a_server_that_runs_already_is_only_waited_for(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda _, handler: None)
    with serve(zoo / "scalar") as server:
        assert run_until_signal(server, on_started=lambda: Timer(0.0, server.stop).start()) == 0


def test_a_signal_before_any_call_ends_cleanly(zoo: Path) -> None:
    with serving(zoo / "half_plus_two") as (running, calls):
        assert calls.predict("half_plus_two", {"x": floats(1.0)})["y"].tolist() == [2.5]
        os.kill(running.popen.pid, signal.SIGTERM)
        assert running.status() == 0


def zero() -> Any:
    return tensor(np.array(0.0))
