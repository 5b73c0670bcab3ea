"""The server of a ServerCase while its steps are taken, and all that can be seen of it."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, Union

from conformance.case import GrpcCase, RestCase, ServerCase
from conformance.grpc_exchange import check_grpc
from conformance.layout import put
from conformance.rest_exchange import check_rest
from serving.grpc_calls import GrpcCalls, connected
from serving.model_directory import QUICK
from serving.reload_calls import entry, listed
from tfsctl.core import ManagerState, ServableState, ServableStateMonitor
from tfsctl.errors import TfsctlError
from tfsctl.serving import Server, ServerConfig

WAIT_SECONDS = 10.0
CONFIG_FILE = "models.config"
_POLL_SECONDS = 0.02
_MAX_RUNNING = 32
_LOOK_SECONDS = 0.005

Step = Union[RestCase, GrpcCase, Callable[["Play"], None]]  # noqa: UP007 (a runtime alias, Python 3.10)


class Play:
    """Made over the files of `case`, started by `start`, ended by `close`.

    Attributes:
        events: All states that were published, as `m/2 AVAILABLE`.
        log: All lines that were logged.
        outcome: What the start ended with; None while it goes on.
        running: The steps that are taken in threads.
    """

    def __init__(self, case: ServerCase, zoo: Path, home: Path) -> None:
        self.zoo = zoo
        self.home = home
        self.events: list[str] = []
        self.log: list[str] = []
        self.outcome: TfsctlError | str | None = None
        home.mkdir()
        self.running: list[Future[None]] = []
        self._closing = contextlib.ExitStack()
        self._threads = self._closing.enter_context(ThreadPoolExecutor(_MAX_RUNNING))
        self._closing.enter_context(_logged(self.log))
        for path, content in case.files.items():
            put(zoo, home, path, content)
        self.server = Server(self._config(case))
        self.server.core.subscribe(self._note)

    def start(self, *, is_awaited: bool) -> None:
        """Start the server in a thread."""
        thread = threading.Thread(target=self._start, daemon=True)
        self._closing.callback(thread.join, WAIT_SECONDS)
        self._closing.callback(self.server.stop)
        thread.start()
        if is_awaited:
            self.wait_for_start()
            assert self.outcome == "started", self.outcome
            # The server listens when the first version of each model is available.
            self.until(self._are_loaded, "the other versions")

    def wait_for_start(self) -> None:
        """Wait until the start has ended, well or not."""
        self.until(lambda: self.outcome is not None, "the start")

    def close(self) -> None:
        """Stop the server, and everything else."""
        self._closing.close()

    @property
    def monitor(self) -> ServableStateMonitor:
        """Tells all states that versions are in."""
        return self.server.core._monitor

    @cached_property
    def calls(self) -> GrpcCalls:
        """A gRPC channel to the server, closed in the end."""
        return self._closing.enter_context(connected(self.server.grpc_address))

    @property
    def rest_port(self) -> int:
        """The REST port."""
        assert self.server.rest_port is not None, "REST is not open"
        return self.server.rest_port

    def expand(self, text: str) -> str:
        """`text` with what its placeholders stand for."""
        return text.replace("{home}", str(self.home)).replace("{relative}", os.path.relpath(self.home))

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds."""
        for _ in range(round(WAIT_SECONDS / _LOOK_SECONDS)):
            if condition():
                return
            threading.Event().wait(_LOOK_SECONDS)
        raise AssertionError(f"Waited in vain for {what}; {self.events}; {self.log}")

    def take(self, step: Step) -> None:
        """Take a step; a request is sent, and its answer compared."""
        try:
            if isinstance(step, RestCase):
                check_rest(step, self.rest_port)
            elif isinstance(step, GrpcCase):
                check_grpc(step, self.calls)
            else:
                step(self)
        except AssertionError as error:
            raise AssertionError(f"{step}: {error}") from error

    def begin(self, step: Step) -> Future[None]:
        """Take a step in a thread."""
        taken = self._threads.submit(self.take, step)
        self.running.append(taken)
        return taken

    def poll(self, num_polls: int = 1) -> None:
        """Look at the base paths so often, and return when what was found has been acted upon."""
        for _ in range(num_polls):
            self.server.core._source.poll_once()
        is_done = threading.Event()
        self.server.core._manager._inbox.post(is_done.set)
        assert is_done.wait(WAIT_SECONDS)

    def _are_loaded(self) -> bool:
        states = [state.state for name in self.monitor.names() for state in self.monitor.states(name)]
        return {*states} <= {ManagerState.AVAILABLE, ManagerState.END}

    def _start(self) -> None:
        try:
            self.server.start()
        except TfsctlError as error:
            self.outcome = error
        else:
            self.outcome = "started"

    def _note(self, state: ServableState) -> None:
        self.events.append(f"{state.id} {state.state.name}")

    def _config(self, case: ServerCase) -> ServerConfig:
        settings: dict[str, Any] = {
            **QUICK,
            "file_system_poll_wait_seconds": _POLL_SECONDS,
            "drain_seconds": 1.0,
            "model_config_file": self._write(CONFIG_FILE, case.config or _first_directories(case)),
            "monitoring_config_file": self._write("monitoring.config", "prometheus_config { enable: true }"),
        }
        if case.batching is not None:
            file = self._write("batching.txt", case.batching)
            settings.update(enable_batching=True, batching_parameters_file=file)
        settings.update(case.settings)
        files = {name: Path(self.expand(value)) for name, value in settings.items() if "{home}" in str(value)}
        return ServerConfig(**{**settings, **files})

    def _write(self, name: str, text: str) -> Path:
        file = self.home / name
        file.write_text(self.expand(text))
        return file


def play(case: ServerCase, zoo: Path, home: Path, *, kind: type[Play] = Play) -> None:
    """Take all steps of `case`."""
    if case.refused is not None:
        assert _refusal(kind, case, zoo, home) == case.refused
        return
    acted = kind(case, zoo, home)
    try:
        acted.start(is_awaited=case.is_awaited)
        for step in case.steps:
            acted.take(step)
    finally:
        acted.close()


def _refusal(kind: type[Play], case: ServerCase, zoo: Path, home: Path) -> tuple[str, str]:
    """Code and text of what the start ends with; in the text the directory is `{home}` again."""
    try:
        acted = kind(case, zoo, home)
        acted.start(is_awaited=False)
        acted.wait_for_start()
        acted.close()
    except TfsctlError as error:
        outcome: TfsctlError | str | None = error
    else:
        outcome = acted.outcome
    assert isinstance(outcome, TfsctlError), "The server has started."
    return outcome.code.name, outcome.message.replace(str(home), "{home}")


def _first_directories(case: ServerCase) -> str:
    names = dict.fromkeys(path.split("/")[0] for path in case.files if "/" in path)
    return listed(*(entry(name, f"{{home}}/{name}", case.more) for name in names))


@contextlib.contextmanager
def _logged(lines: list[str]) -> Iterator[None]:
    """Add to `lines` whatever is logged."""
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign] # Of this one alone.
    logger = logging.getLogger("tfsctl")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
