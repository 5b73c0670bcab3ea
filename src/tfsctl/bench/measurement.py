"""A server, made ready to be measured, and the measuring of one level."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tfsctl.bench.generator.process import GeneratorProcess
from tfsctl.bench.generator.target import Target
from tfsctl.bench.generator.team import GeneratorTeam, LoadInterruptedError
from tfsctl.bench.level_figures import level_result
from tfsctl.bench.server_times.time_split import ServerMetrics
from tfsctl.bench.shares import divided, level_share, num_processors, pilot_share, warm_up_share
from tfsctl.bench.telling import Teller
from tfsctl.bench.workload import Workload, workload_for
from tfsctl.client import connect
from tfsctl.client.model_url import model_url
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.generator.record import Record
    from tfsctl.bench.generator.share import Share
    from tfsctl.bench.level import Level
    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.plan import BenchPlan
    from tfsctl.bench.progress import OnProgress
    from tfsctl.bench.server_times.time_split import Sums
    from tfsctl.client import Client

# More processes are tried when one is busy for more of the time, and a load as small as this keeps none so busy.
_BUSY = 0.75
_SMALL_CONCURRENCY = 4
_SMALL_RATE = 1000.0


class MeasurementInterruptedError(KeyboardInterrupt):
    """Ctrl-C in the midst of a level; `result` is what was measured of it, None if that is nothing."""

    def __init__(self, result: LevelResult | None) -> None:
        super().__init__()
        self.result = result


class Measurement:
    """A server and what to send it; made by `prepare`, good for any number of levels. Not thread-safe.

    Attributes:
        client: Whom the load goes to.
        workload: What is sent.
        metrics: The server's own figures; its `reason` says why a level has no `time_split`.
    """

    def __init__(
        self, plan: BenchPlan, client: Client, workload: Workload, *, processes: Sequence[GeneratorProcess] = ()
    ) -> None:
        """`processes` are started already; they are ended with the measurement."""
        self.client = client
        self.workload = workload
        self.metrics = ServerMetrics(client.address, model=plan.model, path=plan.metrics)
        self._plan = plan
        path = urlsplit(model_url(client.address, workload.spec, ":predict")).path
        self._team = GeneratorTeam(Target(client.address, path, gzip=plan.gzip), workload, processes=processes)
        self._num_processes: dict[Share, int] = {}

    @property
    def server(self) -> str:
        """The server's address, `HOST:PORT` or `unix:PATH`."""
        return self.client.address.target

    @property
    def protocol(self) -> str:
        """`rest` or `grpc`."""
        return self.client.address.protocol or "rest"

    def measure(
        self,
        level: Level,
        *,
        num_tests: int | None = None,
        duration_seconds: float | None = None,
        first_request: int = 0,
        on_progress: OnProgress | None = None,
    ) -> LevelResult:
        """Warm up, press the server as `level` says, and tell what came of it.

        Args:
            level: The load.
            num_tests: How many requests; None with no duration either means as the plan says.
            duration_seconds: For how long instead.
            first_request: With which of the workload's requests to begin.
            on_progress: Called a few times a second from the calling thread.

        Raises:
            TfsctlError: there is no connection to begin with. Failed calls are counted instead.
            MeasurementInterruptedError: Ctrl-C.
        """
        if num_tests is None and duration_seconds is None:
            num_tests, duration_seconds = self._plan.limit, self._plan.duration_seconds
        share = level_share(self._plan, level, num_tests=num_tests, duration_seconds=duration_seconds)
        teller = Teller(level, share, on_progress)
        try:
            num_processes = self._warm_up(share, teller)
            before = self.metrics.snapshot()
        except LoadInterruptedError:
            raise MeasurementInterruptedError(None) from None
        shares = divided(replace(share, offset=first_request), num_processes)
        try:
            record = self._team.run(shares, on_progress=teller.measuring)
        except LoadInterruptedError as interrupt:
            result = self._result(level, interrupt.record, len(shares), before)
            raise MeasurementInterruptedError(result) from None
        result = self._result(level, record, len(shares), before)
        teller.end(result)
        return result

    def close(self) -> None:
        """End the processes that send, and hang up; the client stays. Idempotent."""
        self._team.close()

    def _warm_up(self, share: Share, teller: Teller) -> int:
        """Send what does not count. How many processes it takes to send what does."""
        num_processes = self._num_processes.get(share) or self._plan.processes or 1
        warm_up = warm_up_share(self._plan, share)
        record = None
        if warm_up is not None:
            record = self._team.run(divided(warm_up, num_processes), on_progress=teller.warming_up)
        if self._plan.processes or share in self._num_processes or not _may_be_limit(share):
            return num_processes
        if record is None or self._plan.warmup_seconds is None:
            record = self._team.run(divided(pilot_share(share), num_processes), on_progress=teller.warming_up)
        most = min(num_processors(), share.lanes, share.connections) if GeneratorProcess.is_possible() else 1
        while record.cpu_fraction > _BUSY and num_processes < most:
            num_processes += 1
            record = self._team.run(divided(pilot_share(share), num_processes), on_progress=teller.warming_up)
        self._num_processes[share] = num_processes
        return num_processes

    def _result(self, level: Level, record: Record, num_processes: int, before: Sums | None) -> LevelResult:
        seconds = record.ended_seconds
        result = level_result(level, record, self.workload, num_processes=num_processes, seconds=seconds)
        mean = result.latencies.mean_seconds
        split = self.metrics.split(
            before,
            self.metrics.snapshot(),
            mean_ms=None if mean is None else mean * 1000,
            num_answers=result.latencies.count,
        )
        return replace(result, time_split=split, time_split_reason="" if split is not None else self.metrics.reason)


@contextlib.contextmanager
def prepare(plan: BenchPlan, client: Client | None = None, *, tells_progress: bool = False) -> Iterator[Measurement]:
    """Connect as the plan says, unless `client` is given, and encode what is to be sent.

    Args:
        plan: What to do.
        client: Whom to ask, left open.
        tells_progress: Whether `measure` will be asked for progress: a process for that is started at once, since it
            takes as long to start as all else here.

    Raises:
        TfsctlError: the server or the model is not there.
        UsageError: the plan asks for what the protocol does not have.
    """
    with contextlib.ExitStack() as stack:
        processes = []
        if tells_progress and GeneratorProcess.is_possible():
            processes = [GeneratorProcess() for _ in range(max(1, plan.processes))]
            for process in processes:
                stack.callback(process.close)
        if client is None:
            client = stack.enter_context(open_client(plan))
        _check(plan, client)
        measurement = Measurement(plan, client, workload_for(plan, client), processes=processes)
        stack.callback(measurement.close)
        yield measurement


def open_client(plan: BenchPlan) -> Client:
    """The client for the server that a plan names, to be closed; raises as `tfsctl.client.connect` does."""
    return connect(
        plan.server,
        protocol=plan.protocol,
        timeout_seconds=max(plan.timeout_seconds, 5.0),
        ca_file=plan.ca_file,
        cert_file=plan.cert_file,
        key_file=plan.key_file,
    )


def _check(plan: BenchPlan, client: Client) -> None:
    if plan.connections is not None and client.address.protocol == "rest":
        raise UsageError(
            "Over REST each request in flight has a connection of its own.", hint="Choose --concurrency alone."
        )
    if plan.processes > 1 and not GeneratorProcess.is_possible():
        raise UsageError("On this system load comes from one process.", hint="Leave out --processes.")


def _may_be_limit(share: Share) -> bool:
    if share.rate is not None:
        return share.rate >= _SMALL_RATE and share.lanes > 1
    return share.lanes >= _SMALL_CONCURRENCY
