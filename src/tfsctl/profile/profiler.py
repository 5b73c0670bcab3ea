"""Carry out a plan: have the server record, send load meanwhile, and report."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tfsctl.bench.level import Level
from tfsctl.bench.measurement import open_client, prepare
from tfsctl.bench.statistics.percentiles import latency_ms
from tfsctl.errors import NotFoundError, TfsctlError, UnavailableError
from tfsctl.profile.plan import MAX_SECONDS
from tfsctl.profile.report import LoadTime, ProfileReport
from tfsctl.profile.session import ProfilerSession, profiler_address
from tfsctl.profile.stages import op_times, stages_of_runs, stages_of_spans
from tfsctl.profile.trace import Trace, read_trace

if TYPE_CHECKING:
    from types import TracebackType

    from tfsctl.bench.level_result import LevelResult
    from tfsctl.bench.progress import OnProgress, Progress
    from tfsctl.client import Client
    from tfsctl.profile.plan import ProfilePlan

# Until a recording has begun, which the server does not tell.
_LEAD_SECONDS = 0.3
# The load goes on for so long around the recording, so that it sees none of its beginning and end.
_AROUND_SECONDS = 1.0


class NoRequestsError(NotFoundError):
    """No request that ran a model came while the server recorded."""


def profile(plan: ProfilePlan, *, on_progress: OnProgress | None = None) -> ProfileReport:
    """Record a server as `plan` says. Takes a second or two longer than the recording.

    `on_progress` is told how far the load is, from the calling thread.

    Raises:
        UsageError: the server's gRPC address is not known.
        NoRequestsError: no request came meanwhile.
        UnavailableError: there is no server, somebody else is recording, or no call of the load was answered.
        UnimplementedError: the server has no profiler.
        TfsctlError: whatever the server says.
    """
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(open_client(plan.load))
        address = profiler_address(client.address, plan.profiler_server)
        session = stack.enter_context(ProfilerSession(address))
        session.check()
        recorded = _with_load(plan, client, session, on_progress) if plan.sends_load else _watched(plan, session)
    return _report(plan, recorded, server=address.target)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A trace, and the load during it. `model` is the one whose requests count; None for all."""

    trace: bytes
    seconds: float
    model: str | None
    result: LevelResult | None = None
    protocol: str = ""
    workload: str = ""


def _watched(plan: ProfilePlan, session: ProfilerSession) -> _Recorded:
    return _Recorded(session.record(plan.seconds), plan.seconds, plan.model)


def _with_load(
    plan: ProfilePlan, client: Client, session: ProfilerSession, on_progress: OnProgress | None
) -> _Recorded:
    # Requests of a warm-up would be recorded, too.
    load = replace(plan.load, levels=(), repeats=1, warmup_requests=0, warmup_seconds=None)
    with prepare(load, client) as measurement, _Recording(session) as recording:
        send = partial(measurement.measure, Level(load.concurrency, load.rate))
        if plan.num_tests is not None:
            started = time.monotonic()
            recording.begin(MAX_SECONDS)
            time.sleep(_LEAD_SECONDS)
            result = send(num_tests=plan.num_tests, on_progress=on_progress)
            recording.end()
            seconds = time.monotonic() - started
        else:

            def on_load(progress: Progress) -> None:
                recording.begin(plan.seconds)
                if on_progress is not None:
                    on_progress(progress)

            result = send(duration_seconds=plan.seconds + _AROUND_SECONDS, on_progress=on_load)
            seconds = plan.seconds
        return _Recorded(
            recording.result(), seconds, load.model, result, measurement.protocol, measurement.workload.description
        )


class _Recording:
    """A recording in a thread of its own. Leaving it in the middle ends the recording."""

    def __init__(self, session: ProfilerSession) -> None:
        self._session = session
        self._threads = ThreadPoolExecutor(1)
        self._trace: Future[bytes] | None = None

    def __enter__(self) -> _Recording:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(TfsctlError):
            self.end()
        self._threads.shutdown()

    def begin(self, seconds: float) -> None:
        """Begin, unless it has begun."""
        if self._trace is None:
            self._trace = self._threads.submit(self._session.record, seconds)

    def end(self) -> None:
        """Have it end soon; asked again for as long as it has perhaps not yet begun."""
        while self._trace is not None and not self._trace.done():
            self._session.end()
            wait([self._trace], _LEAD_SECONDS)

    def result(self) -> bytes:
        """The trace, when it is there; raises what went wrong."""
        assert self._trace is not None, "a load tells of its progress at least once"
        return self._trace.result()


def _report(plan: ProfilePlan, recorded: _Recorded, *, server: str) -> ProfileReport:
    load = _load_time(recorded, plan.load.concurrency)
    trace = read_trace(recorded.trace)
    requests = [each for each in trace.requests or () if recorded.model in {None, each.model}]
    if not requests and (trace.requests or not trace.session_runs):
        raise _no_requests(recorded, trace)
    split = recorded.result.time_split if recorded.result is not None else None
    stages = stages_of_spans(requests, load) if requests else stages_of_runs(trace, load, split)
    return ProfileReport(
        server=server,
        model=recorded.model,
        versions=tuple(sorted({each.version for each in requests})),
        seconds=recorded.seconds,
        num_requests=len(requests) or len(trace.batching_session_runs) or len(trace.session_runs),
        num_failed=sum(not each.is_ok for each in requests),
        num_refused=trace.num_refused,
        has_spans=bool(requests),
        stages=stages.parts,
        total=stages.total,
        ops=op_times(trace.ops),
        load=load,
        notes=(*stages.notes, *_notes(recorded, trace)),
        trace=recorded.trace,
        host_name=trace.host_name,
    )


def _notes(recorded: _Recorded, trace: Trace) -> Iterator[str]:
    others = {each.model for each in trace.requests or ()} - {recorded.model}
    if recorded.model is not None and others:
        yield f"The operations are those of {', '.join(sorted(others))} too, which had requests meanwhile."
    if not trace.ops:
        yield (
            "TensorFlow has recorded no operation: it leaves out those that take but a few microseconds, and a"
            " LiteRT model has none."
        )
    if trace.num_dropped:
        yield f"{trace.num_dropped} more requests were not kept: record for a shorter time."
    if recorded.result is not None and recorded.result.num_failed:
        yield f"{recorded.result.num_failed} calls failed; the first: {recorded.result.first_failure}"


def _load_time(recorded: _Recorded, concurrency: int) -> LoadTime | None:
    result = recorded.result
    if result is None:
        return None
    figures = latency_ms(result.latencies)
    mean, p50, p99 = figures["mean"], figures["p50"], figures["p99"]
    if mean is None or p50 is None or p99 is None:
        raise UnavailableError(f"None of {result.num_requests} calls was answered: {result.first_failure}")
    return LoadTime(
        protocol=recorded.protocol,
        concurrency=concurrency,
        num_requests=result.num_requests,
        num_failed=result.num_failed,
        throughput=result.throughput,
        mean_ms=mean,
        p50_ms=p50,
        p99_ms=p99,
        workload=recorded.workload,
    )


def _no_requests(recorded: _Recorded, trace: Trace) -> NoRequestsError:
    whose = f" for {recorded.model}" if recorded.model is not None else ""
    refused = f"; {trace.num_refused} were refused before that" if trace.num_refused else ""
    others = sorted({each.model for each in trace.requests or ()})
    hint = "Record for longer with --seconds, or send requests from here: without --no-load."
    if others:
        hint = f"There were requests for {', '.join(others)}."
    elif recorded.result is not None:
        hint = "Record for longer with --seconds; see that --profiler is the server that the requests go to."
    return NoRequestsError(f"No request{whose} ran a model in {recorded.seconds:.3g} s{refused}.", hint=hint)
