"""What sends load in one process: connections that are kept from one level to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfsctl.bench.generator.compressed import CompressedWorkload
from tfsctl.bench.generator.loop import LoadLoop
from tfsctl.bench.generator.waiting import open_waiter

if TYPE_CHECKING:
    from tfsctl.bench.generator.sender import Call, Sender
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.generator.target import Target
    from tfsctl.bench.workload import Workload


class Generator:
    """Carries out shares of load in the calling thread, one after another; close it."""

    def __init__(self, target: Target, workload: Workload) -> None:
        self._target = target
        self._workload = CompressedWorkload(workload) if target.gzip else workload
        self._waiter = open_waiter()
        self._ended: list[Call] = []
        self._senders: list[Sender] = []
        self._opened_for: tuple[int, int, float] | None = None

    def prepare(self, share: Share) -> LoadLoop:
        """Open the connections that a share needs, and be ready to run it; raises UnavailableError."""
        wanted = share.lanes, share.connections, share.timeout_seconds
        if wanted != self._opened_for:
            self._hang_up()
            self._senders = self._target.open_senders(share, self._waiter, self._ended)
            self._opened_for = wanted
        self._ended.clear()
        return LoadLoop(share, self._workload, self._senders, waiter=self._waiter, ended=self._ended)

    def close(self) -> None:
        """Hang up; idempotent."""
        self._hang_up()
        self._waiter.close()

    def _hang_up(self) -> None:
        for sender in self._senders:
            sender.close()
        self._senders, self._opened_for = [], None
