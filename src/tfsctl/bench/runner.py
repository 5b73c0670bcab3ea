"""Carry out a plan: connect, prepare, load, report."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tfsctl.bench.load import OnProgress, generate_load
from tfsctl.bench.plan import BenchPlan
from tfsctl.bench.report import BenchReport
from tfsctl.bench.workload import Workload, workload_for
from tfsctl.client import connect

if TYPE_CHECKING:
    from tfsctl.bench.tally import Tally
    from tfsctl.client import Client

_PERCENTILES = (50, 90, 99)


def run(plan: BenchPlan, client: Client | None = None, *, on_progress: OnProgress | None = None) -> BenchReport:
    """Measure a server by a plan.

    Args:
        plan: What to do.
        client: Whom to ask, left open; None connects as the plan says.
        on_progress: Called a few times a second from the calling thread.

    The requests are encoded, and over REST the connections made, before the clock starts; no call is made to warm the
    model up.

    Raises:
        TfsctlError: the server or the model is not there. Once the load runs, failed calls are counted instead.
    """
    with contextlib.ExitStack() as stack:
        if client is None:
            client = stack.enter_context(_connect(plan))
        workload = workload_for(plan, client)
        connections = [client.connection(workload.spec) for _ in range(plan.concurrency)]
        for connection in connections:
            stack.callback(connection.close)
            connection.open()
        tally, seconds = generate_load(plan, workload, connections, on_progress=on_progress)
    return _report(plan, client, workload=workload, tally=tally, seconds=seconds)


def _connect(plan: BenchPlan) -> Client:
    return connect(
        plan.server,
        protocol=plan.protocol,
        timeout_seconds=max(plan.timeout_seconds, 5.0),
        ca_file=plan.ca_file,
        cert_file=plan.cert_file,
        key_file=plan.key_file,
    )


def _report(plan: BenchPlan, client: Client, *, workload: Workload, tally: Tally, seconds: float) -> BenchReport:
    num_failed = tally.failures.total()
    num_errors = tally.num_wrong + num_failed
    latencies = tally.latencies
    latency_ms = {f"p{percent}": _milliseconds(latencies.percentile_seconds(percent)) for percent in _PERCENTILES}
    return BenchReport(
        model=plan.model,
        signature_name=workload.spec.resolved_signature_name,
        server=client.address.target,
        protocol=client.address.protocol or "rest",
        concurrency=plan.concurrency,
        rate=plan.rate,
        num_tests=tally.num_done,
        num_errors=num_errors,
        num_wrong=tally.num_wrong,
        num_failed_calls=num_failed,
        failed_calls={code.name: count for code, count in sorted(tally.failures.items())},
        first_failure=tally.first_failure.message if tally.first_failure else None,
        error_rate=num_errors / tally.num_done if tally.num_done else 0.0,
        checks_answers=workload.checks_answers,
        seconds=seconds,
        throughput=latencies.count / seconds if seconds > 0 else 0.0,
        latency_ms={
            **latency_ms,
            "max": _milliseconds(latencies.max_seconds),
            "mean": _milliseconds(latencies.mean_seconds),
        },
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
