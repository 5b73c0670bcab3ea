"""What tests of workloads share: plans over files, and what a server answers to their requests."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from tfsctl.bench import BenchPlan
from tfsctl.bench.truth import Verdict
from tfsctl.bench.workload import InputsPlan, Workload, workload_for
from tfsctl.client import Client

TIMEOUT_SECONDS = 20.0


def made(client: Client, model: str, *, signature_name: str = "", num_tests: int = 1000, **inputs: Any) -> Workload:
    """The workload of a plan, as another process would get it."""
    plan = BenchPlan(model=model, signature_name=signature_name, num_tests=num_tests, inputs=InputsPlan(**inputs))
    copied: Workload = pickle.loads(pickle.dumps(workload_for(plan, client)))
    return copied


def of_file(client: Client, model: str, path: Path, **options: Any) -> Workload:
    """The workload of the inputs in a file."""
    return made(client, model, path=path, **options)


def verdict(client: Client, workload: Workload, number: int) -> Verdict:
    """What the server's answer to a request is worth."""
    connection = client.connection(workload.spec)
    try:
        reply = connection.send(workload.request(number), timeout_seconds=TIMEOUT_SECONDS)
    finally:
        connection.close()
    return workload.judge(number, reply)


def verdicts(client: Client, workload: Workload) -> list[Verdict]:
    """Those on all requests."""
    return [verdict(client, workload, number) for number in range(workload.num_requests)]


def num_right(client: Client, workload: Workload) -> int:
    """How many of all requests are answered right."""
    return sum(found.is_right for found in verdicts(client, workload))
