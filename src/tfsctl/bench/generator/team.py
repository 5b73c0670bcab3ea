"""All generators of a measurement as one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from tfsctl.bench.generator.generator import Generator
from tfsctl.bench.generator.messages import Done, Prepare, Start, Stop, Tick
from tfsctl.bench.generator.process import GeneratorProcess
from tfsctl.bench.generator.team_progress import TeamProgress

if TYPE_CHECKING:
    from tfsctl.bench.generator.loop import LoadLoop
    from tfsctl.bench.generator.record import Record
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.generator.target import Target
    from tfsctl.bench.workload import Workload

# Long enough for all processes to hear of it.
_START_SECONDS = 0.02
_TICK_SECONDS = 0.1
_STOP_SECONDS = 5.0
OnTeamProgress = Callable[[TeamProgress], None]


class LoadInterruptedError(KeyboardInterrupt):
    """Ctrl-C in the midst of a load; `record` says what came of it until then."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record


class GeneratorTeam:
    """Generates load from the calling thread or from processes. Not thread-safe; close it.

    It is processes where there are several shares, or where it is to be told how it goes: drawing a display must not
    delay what comes back.
    """

    def __init__(self, target: Target, workload: Workload, *, processes: Sequence[GeneratorProcess] = ()) -> None:
        """`processes` are started already; more are when it takes them."""
        self._target = target
        self._workload = workload
        self._local: Generator | None = None
        self._processes = list(processes)
        for process in processes:
            process.set_up(target, workload)

    def run(self, shares: Sequence[Share], *, on_progress: OnTeamProgress | None = None) -> Record:
        """Carry out the shares at the same time; what came of them together.

        Raises:
            UnavailableError: a connection cannot be made to begin with.
            LoadInterruptedError: Ctrl-C; the load is over.
        """
        is_alone = len(shares) == 1 and (on_progress is None or not GeneratorProcess.is_possible())
        return self._run_here(shares[0], on_progress) if is_alone else self._run_in_processes(shares, on_progress)

    def close(self) -> None:
        """End the processes and hang up; idempotent."""
        if self._local is not None:
            self._local.close()
        for process in self._processes:
            process.close()
        self._local, self._processes = None, []

    def _run_here(self, share: Share, on_progress: OnTeamProgress | None) -> Record:
        if self._local is None:
            self._local = Generator(self._target, self._workload)
        loop = self._local.prepare(share)
        progress = TeamProgress(1)

        def on_tick(loop: LoadLoop) -> bool:
            if on_progress is not None:
                progress.take(0, loop.tick())
                on_progress(progress)
            return True

        try:
            return loop.run(time.perf_counter(), on_tick=on_tick)
        except KeyboardInterrupt:
            raise LoadInterruptedError(loop.finish()) from None

    def _run_in_processes(self, shares: Sequence[Share], on_progress: OnTeamProgress | None) -> Record:
        while len(self._processes) < len(shares):
            self._processes.append(GeneratorProcess())
            self._processes[-1].set_up(self._target, self._workload)
        processes = self._processes[: len(shares)]
        with self._closed_on_error():
            for process, share in zip(processes, shares, strict=True):
                process.send(Prepare(share))
            for process in processes:
                process.receive()
            start = time.perf_counter() + _START_SECONDS
            for process in processes:
                process.send(Start(start))
            return _collected(processes, on_progress)

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        """What processes still say after an error would be taken for the next level's."""
        try:
            yield
        except BaseException:
            self.close()
            raise


def _collected(processes: Sequence[GeneratorProcess], on_progress: OnTeamProgress | None) -> Record:
    """Wait for all to be done; what they say meanwhile is told on."""
    collection = _Collection(processes)
    try:
        while collection.waits:
            collection.take(_TICK_SECONDS)
            if on_progress is not None:
                on_progress(collection.progress)
    except KeyboardInterrupt:
        for process in processes:
            process.send(Stop())
        end = time.monotonic() + _STOP_SECONDS
        while collection.waits and time.monotonic() < end:
            collection.take(_TICK_SECONDS)
        if collection.record is None:
            raise
        raise LoadInterruptedError(collection.record) from None
    assert collection.record is not None
    return collection.record


class _Collection:
    """What processes that send have said so far."""

    def __init__(self, processes: Sequence[GeneratorProcess]) -> None:
        self.record: Record | None = None
        self.progress = TeamProgress(len(processes))
        self._waiting = {process.connection: (number, process) for number, process in enumerate(processes)}

    @property
    def waits(self) -> bool:
        """Whether one is not done."""
        return bool(self._waiting)

    def take(self, seconds: float) -> None:
        """Take what they say within so long."""
        for connection in wait(list(self._waiting), seconds):
            number, process = self._waiting[connection]  # type: ignore[index]  # It is one of ours.
            message = process.receive()
            if isinstance(message, Tick):
                self.progress.take(number, message)
            elif isinstance(message, Done):
                del self._waiting[process.connection]
                self.progress.finish(number, message.record)
                if self.record is None:
                    self.record = message.record
                else:
                    self.record.merge(message.record)
