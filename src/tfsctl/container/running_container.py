"""A container that was started, until it ends."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tfsctl.container.container_server import GRPC_PORT, REST_PORT, reachable
from tfsctl.container.ended_container import EndedContainer
from tfsctl.container.engine import engine_errors
from tfsctl.container.readiness import Readiness
from tfsctl.errors import DeadlineExceededError, FailedPreconditionError, NotFoundError, TfsctlError

if TYPE_CHECKING:
    from tfsctl.container.plan import ContainerPlan

_POLL_SECONDS = 0.1
# How often the main thread looks up from waiting, so that handlers of signals run.
_WAKE_SECONDS = 0.5
# How long the end of a log may take to arrive once the container has ended.
_LAST_LOG_SECONDS = 2.0
_NUM_LAST_LINES = 10
_NUM_LOOKED_AT = 200
# A server that is given a flag which it does not know says so, and then explains all its flags, one a line.
_FLAG = re.compile(r"\s+--\w+=|[Uu]sage:|Flags:")


class RunningContainer:
    """A container that was started. Not thread-safe.

    Attributes:
        plan: What it was made from.
        grpc: `HOST:PORT` as this machine reaches it; None where that port is not published.
        rest: Likewise.
        is_left: Whether it is to go on when nobody looks after it any more.
    """

    def __init__(self, container: Any, plan: ContainerPlan) -> None:
        self.plan = plan
        self.is_left = False
        self._container = container
        self._log_stream: Any = None
        self._log_thread: threading.Thread | None = None
        published = container.attrs["NetworkSettings"]["Ports"] or {}
        self.grpc, self.rest = _address(published, GRPC_PORT), _address(published, REST_PORT)

    @property
    def name(self) -> str:
        """The container's name."""
        return self.plan.name

    def follow_logs(self, write: Callable[[str], None]) -> None:
        """Hand each line that it says to `write`, in a thread of its own, until it ends or `stop_following`."""
        with engine_errors(self.name):
            self._log_stream = self._container.logs(stream=True, follow=True)

        def follow() -> None:
            with contextlib.suppress(Exception):  # The engine or whoever reads has gone: nothing is left to follow.
                for line in lines_of(self._log_stream):
                    write(line)

        self._log_thread = threading.Thread(target=follow, name="container-log", daemon=True)
        self._log_thread.start()

    def stop_following(self) -> None:
        """Let what an ended container said last arrive, and hear no more of one that runs."""
        if self._log_thread is None:
            return
        if self.is_left:
            self._log_stream.close()
        self._log_thread.join(_LAST_LOG_SECONDS)

    def wait_until_available(self, *, timeout_seconds: float) -> None:
        """Return once all models are available.

        Raises:
            FailedPreconditionError: the container ended, or no version of a model could be loaded.
            DeadlineExceededError: it takes longer than that.
            NotFoundError: somebody removed the container.
        """
        readiness = Readiness(self.plan, self.grpc, self.rest)
        deadline = time.monotonic() + timeout_seconds
        while not self._ask(readiness):
            if time.monotonic() > deadline:
                raise DeadlineExceededError(
                    f"The server in the container has not made {', '.join(readiness.waiting)} available within"
                    f" {timeout_seconds:g} s.",
                    hint=f"--start-timeout gives it longer. {self._last_words()}",
                )
            time.sleep(_POLL_SECONDS)

    def wait(self) -> EndedContainer:
        """Wait until it ends. Raises NotFoundError where somebody removed it."""
        ended = threading.Event()

        def wait() -> None:
            with contextlib.suppress(Exception):  # What went wrong shows when the container is looked at.
                self._container.wait()
            ended.set()

        threading.Thread(target=wait, name="container-wait", daemon=True).start()
        while not ended.wait(_WAKE_SECONDS):
            pass
        return self._ended()

    def stop(self, *, timeout_seconds: float) -> None:
        """Ask it to end, and kill it after that time; returns when it has ended."""
        with contextlib.suppress(NotFoundError), engine_errors(self.name):
            self._container.stop(timeout=round(timeout_seconds))

    def _ask(self, readiness: Readiness) -> bool:
        self._refuse_ended()
        try:
            return readiness.ask()
        except FailedPreconditionError as error:
            raise FailedPreconditionError(error.message, hint=self._last_words()) from error

    def _refuse_ended(self) -> None:
        with engine_errors(self.name):
            self._container.reload()
        if self._container.status not in {"created", "running", "restarting"}:
            message, hint = self._ended().explanation(self.plan)
            raise FailedPreconditionError(message, hint=hint)

    def _ended(self) -> EndedContainer:
        with engine_errors(self.name):
            self._container.reload()
            state = self._container.attrs["State"]
        return EndedContainer(state["ExitCode"], state["OOMKilled"], tuple(self._last_lines()))

    def _last_lines(self) -> list[str]:
        with contextlib.suppress(TfsctlError), engine_errors(self.name):
            said: bytes = self._container.logs(tail=_NUM_LOOKED_AT)
            lines = said.decode(errors="replace").splitlines()
            return [line for line in lines if line.strip() and not _FLAG.match(line)][-_NUM_LAST_LINES:]
        return []

    def _last_words(self) -> str:
        lines = self._last_lines()
        return "\n".join(["It said last:", *(f"  {line}" for line in lines)]) if lines else "It said nothing."


def lines_of(chunks: Any) -> Iterator[str]:
    """Whole lines out of a log's chunks, which end anywhere."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
    if rest:
        yield rest.decode(errors="replace")


def _address(published: dict[str, Any], port: int) -> str | None:
    for binding in published.get(f"{port}/tcp") or ():
        return reachable(binding["HostIp"], int(binding["HostPort"]))
    return None
