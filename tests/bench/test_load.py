"""Load against servers that stall, fail, or answer: who is counted as what."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from stub_servers import Reply, http_stub
from tfsctl.bench import BenchPlan, Progress
from tfsctl.bench.load import generate_load
from tfsctl.bench.tally import Tally
from tfsctl.client import Client, Connection, connect
from tfsctl.errors import Code, DeadlineExceededError, InternalError
from tfsctl.model_spec import ModelSpec

STALL_SECONDS = 0.3


class Numbers:
    """A workload whose requests are their numbers; an answer is right if it is `right`."""

    spec = ModelSpec("m")
    checks_answers = True

    def request(self, number: int) -> bytes:
        return str(number).encode()

    def is_right(self, number: int, reply: bytes) -> bool:
        return reply == b"right"


@contextmanager
def opened(client: Client, count: int) -> Iterator[list[Connection]]:
    """So many connections, closed at the end."""
    connections = [client.connection(Numbers.spec) for _ in range(count)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def load(
    plan: BenchPlan,
    answer: Callable[[int], Reply],
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> tuple[Tally, list[int]]:
    """The tally of a plan against a REST server that answers by the request's number, and the numbers it was sent."""
    with (
        http_stub(lambda _, __, body: answer(int(body))) as stub,
        connect(f"http://{stub.address}") as client,
    ):
        with opened(client, plan.concurrency) as connections:
            tally, _ = generate_load(plan, Numbers(), connections, on_progress=on_progress)
        return tally, [int(body) for _, _, body in stub.requests]


def right(number: int) -> Reply:
    return Reply(body=b"right")


def test_requests_are_sent_in_order_and_no_more_than_planned() -> None:
    tally, sent = load(BenchPlan(num_tests=20), right)
    assert sent == list(range(20))
    assert (tally.num_done, tally.num_wrong, tally.latencies.count) == (20, 0, 20)


def test_many_threads_send_each_request_once() -> None:
    tally, sent = load(BenchPlan(num_tests=50, concurrency=8), right)
    assert sorted(sent) == list(range(50))
    assert tally.num_done == 50


def test_concurrency_is_how_many_are_in_flight() -> None:
    all_there = threading.Barrier(4, timeout=20)

    def wait_for_the_others(number: int) -> Reply:
        all_there.wait()
        return right(number)

    tally, _ = load(BenchPlan(num_tests=8, concurrency=4), wait_for_the_others)
    assert tally.num_done == 8


def test_failed_calls_are_counted_by_code_apart_from_wrong_answers() -> None:
    replies = [
        Reply(body=b"right"),
        Reply(body=b"wrong"),
        Reply(503, b'{"error": "busy"}'),
        Reply(500, b'{"error": "broken"}'),
        Reply(503, b'{"error": "busy again"}'),
    ]
    tally, _ = load(BenchPlan(num_tests=5), lambda number: replies[number])
    assert (tally.num_done, tally.num_wrong, tally.latencies.count) == (5, 1, 2)
    assert tally.failures == {Code.UNAVAILABLE: 2, Code.INTERNAL: 1}
    assert str(tally.first_failure) == "busy"


def test_a_call_beyond_its_timeout_fails_and_the_load_goes_on() -> None:
    over = threading.Event()

    def stall_once(number: int) -> Reply:
        if number == 1:
            over.wait(20)
        return right(number)

    tally, _ = load(BenchPlan(num_tests=4, timeout_seconds=0.2), stall_once)
    over.set()
    assert tally.failures == {Code.DEADLINE_EXCEEDED: 1}
    assert isinstance(tally.first_failure, DeadlineExceededError)
    assert tally.latencies.count == 3


def stall_first(number: int) -> Reply:
    """Answer the first request late, as a pause of the server would; the others at once."""
    if number == 0:
        threading.Event().wait(STALL_SECONDS)
    return right(number)


def test_a_closed_loop_sees_one_slow_answer_where_the_server_stalls() -> None:
    tally, _ = load(BenchPlan(num_tests=20), stall_first)
    late = sum(count for seconds, count in tally.latencies.buckets() if seconds > STALL_SECONDS / 2)
    assert 1 <= late < 10


def test_an_open_loop_counts_the_time_that_requests_wait_behind_a_stall() -> None:
    # Of 20 requests due every 5 ms all are due before the stall ends: each waits for the rest of it.
    tally, sent = load(BenchPlan(num_tests=20, rate=200.0), stall_first)
    late = sum(count for seconds, count in tally.latencies.buckets() if seconds > STALL_SECONDS / 2)
    assert (late, sent) == (20, list(range(20)))


def test_a_rate_holds_requests_back_until_they_are_due() -> None:
    plan = BenchPlan(num_tests=5, rate=50.0)
    with (
        http_stub(lambda *_: right(0)) as stub,
        connect(f"http://{stub.address}") as client,
        opened(client, 1) as connections,
    ):
        _, seconds = generate_load(plan, Numbers(), connections)
    assert seconds >= 4 / 50


def test_a_duration_ends_the_load_whatever_the_number_of_tests() -> None:
    tally, sent = load(BenchPlan(num_tests=1, duration_seconds=0.2, rate=50.0), right)
    assert tally.num_done == len(sent) == 10


def test_progress_is_told_and_ends_with_all_done() -> None:
    told: list[Progress] = []
    load(BenchPlan(num_tests=10, concurrency=2), right, on_progress=told.append)
    assert (told[-1].num_done, told[-1].num_tests, told[-1].fraction) == (10, 10, 1.0)
    assert all(earlier.num_done <= later.num_done for earlier, later in itertools.pairwise(told))


class Broken:
    """A connection with a bug."""

    def open(self) -> None: ...

    def send(self, request: bytes, *, timeout_seconds: float) -> bytes:
        raise ZeroDivisionError

    def close(self) -> None: ...


def test_an_error_that_is_no_failed_call_ends_the_load_and_is_passed_on() -> None:
    connections: list[Connection] = [Broken(), Broken()]
    with pytest.raises(ZeroDivisionError):
        generate_load(BenchPlan(concurrency=2), Numbers(), connections)


def test_an_interrupt_stops_the_threads_and_is_passed_on() -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(BenchPlan(duration_seconds=60.0), right, on_progress=interrupt)
    assert not [thread for thread in threading.enumerate() if thread.name == "bench"]


def test_an_answer_that_cannot_be_judged_is_a_failed_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Numbers, number: int, reply: bytes) -> bool:
        raise InternalError("not a message")

    monkeypatch.setattr(Numbers, "is_right", refuse)
    tally, _ = load(BenchPlan(num_tests=2), right)
    assert tally.failures == {Code.INTERNAL: 2}
