"""A workload of numbers, and its measuring against servers that do as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stub_servers import Reply, http_stub
from tfsctl.bench import BenchPlan
from tfsctl.bench.level_result import LevelResult
from tfsctl.bench.measurement import Measurement
from tfsctl.bench.progress import OnProgress
from tfsctl.bench.truth import Picture, Verdict
from tfsctl.client import connect
from tfsctl.model_spec import ModelSpec

RIGHT = Reply(body=b"right")


class Numbers:
    """A workload whose requests are their numbers; an answer is right if it is `right`."""

    spec = ModelSpec("m")
    checks_answers = True
    class_names: tuple[str, ...] = ()
    num_requests = 10**9
    description = "numbers"

    def request(self, number: int) -> bytes:
        return str(number).encode()

    def judge(self, number: int, reply: bytes) -> Verdict:
        return Verdict(reply == b"right")

    def picture(self, number: int, row: int = 0) -> Picture | None:
        return None


@dataclass
class Sent:
    """The requests that a stub got, as numbers."""

    numbers: list[int]


@contextmanager
def measurement(
    answer: Callable[[int], Reply], *, workload: Numbers | None = None, **plan: Any
) -> Iterator[tuple[Measurement, Sent]]:
    """A measurement of a REST server that answers by the request's number, in this process; no warm-up unless asked."""
    sent = Sent([])

    def handle(method: str, target: str, body: bytes) -> Reply:
        if method != "POST":
            return Reply(404)  # It has no metrics.
        sent.numbers.append(int(body))
        return answer(int(body))

    values = {"warmup_requests": 0, "processes": 1, **plan}
    with http_stub(handle) as stub, connect(f"http://{stub.address}") as client:
        found = Measurement(BenchPlan(model="m", **values), client, workload or Numbers())
        try:
            yield found, sent
        finally:
            found.close()


def load(
    answer: Callable[[int], Reply], *, on_progress: OnProgress | None = None, **plan: Any
) -> tuple[LevelResult, list[int]]:
    """What came of the one level of a plan, and the numbers that were sent."""
    with measurement(answer, **plan) as (found, sent):
        result = found.measure(BenchPlan(**plan).all_levels[0], on_progress=on_progress)
    return result, sent.numbers


def right(number: int) -> Reply:
    """Whatever was asked."""
    return RIGHT
