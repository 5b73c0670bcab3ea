"""Load against servers that stall, fail, or answer: what is sent when, and who is counted as what."""

from __future__ import annotations

import threading
import time

import pytest

from bench.loads import Numbers, load, measurement, right
from stub_servers import Reply
from tfsctl.bench import LatencyHistogram
from tfsctl.bench.level import Level
from tfsctl.bench.measurement import MeasurementInterruptedError
from tfsctl.bench.truth import Verdict
from tfsctl.errors import InternalError

STALL_SECONDS = 0.2


def percentile(latencies: LatencyHistogram, percent: float) -> float:
    found = latencies.percentile_seconds(percent)
    assert found is not None
    return found


def test_requests_are_sent_in_order_and_no_more_than_planned() -> None:
    result, sent = load(right, num_tests=20)
    assert sent == list(range(20))
    assert (result.num_requests, result.num_wrong, result.latencies.count) == (20, 0, 20)


def test_many_connections_send_each_request_once() -> None:
    result, sent = load(right, num_tests=50, concurrency=8)
    assert sorted(sent) == list(range(50))
    assert result.num_requests == 50


def test_a_warm_up_is_not_counted_and_the_numbers_begin_again() -> None:
    result, sent = load(right, num_tests=5, warmup_requests=3)
    assert sent == [0, 1, 2, *range(5)]
    assert result.num_requests == result.latencies.count == 5


def test_a_warm_up_sends_one_request_for_each_in_flight_unless_told_otherwise() -> None:
    result, sent = load(right, num_tests=4, warmup_requests=None, concurrency=3)
    assert sorted(sent[:3]) == [0, 1, 2]
    assert (len(sent), result.num_requests) == (7, 4)


def test_a_warm_up_by_time_keeps_the_rate() -> None:
    _, sent = load(right, num_tests=2, warmup_requests=None, warmup_seconds=0.2, rate=50.0, concurrency=4)
    assert len(sent) == 10 + 2


def test_a_warm_up_by_time_ends_though_the_server_does_not_keep_the_rate() -> None:
    # A hundred thousand are due in the warm-up: sent one and all they would take minutes.
    _, sent = load(right, num_tests=2, warmup_requests=None, warmup_seconds=0.1, rate=1e6)
    assert sent[-2:] == [0, 1]


def test_the_pilot_of_a_rate_ends_though_the_server_does_not_keep_it() -> None:
    _, sent = load(right, num_tests=2, rate=1e6, concurrency=2, processes=0)
    assert sorted(sent[-2:]) == [0, 1]


def test_concurrency_is_how_many_are_in_flight() -> None:
    all_there = threading.Barrier(4, timeout=20)

    def wait_for_the_others(number: int) -> Reply:
        all_there.wait()
        return right(number)

    result, _ = load(wait_for_the_others, num_tests=8, concurrency=4)
    assert result.num_requests == 8


def test_failed_calls_are_counted_by_code_apart_from_wrong_answers() -> None:
    replies = [
        Reply(body=b"right"),
        Reply(body=b"wrong"),
        Reply(503, b'{"error": "busy"}'),
        Reply(500, b'{"error": "broken"}'),
        Reply(503, b'{"error": "busy again"}'),
    ]
    result, _ = load(lambda number: replies[number], num_tests=5)
    assert (result.num_requests, result.num_wrong, result.latencies.count) == (5, 1, 2)
    assert result.failed_calls == {"INTERNAL": 1, "UNAVAILABLE": 2}
    assert result.first_failure == "busy"


def test_a_call_beyond_its_deadline_fails_and_its_connection_is_replaced() -> None:
    over = threading.Event()

    def stall_once(number: int) -> Reply:
        if number == 1:
            over.wait(20)
        return Reply(body=b"right") if number else Reply(body=b"wrong")

    result, sent = load(stall_once, num_tests=4, timeout_seconds=0.3)
    over.set()
    assert (result.failed_calls, result.latencies.count) == ({"DEADLINE_EXCEEDED": 1}, 3)
    # Were the late answer taken for the next, a request would be missing, or judged by another's answer.
    assert (sent, result.num_wrong) == ([0, 1, 2, 3], 1)


def stall_each_second(number: int) -> Reply:
    """Answer nothing in the first 200 ms of each second, as a server does that cleans up; else at once."""
    left = STALL_SECONDS - time.monotonic() % 1.0
    if left > 0:
        threading.Event().wait(left)
    return right(number)


def test_a_closed_loop_hides_that_the_server_stalls() -> None:
    result, _ = load(stall_each_second, duration_seconds=2.0)
    assert percentile(result.latencies, 95) < STALL_SECONDS / 2 < percentile(result.latencies, 100)


@pytest.mark.parametrize("concurrency", [1, 16])
def test_an_open_loop_shows_that_the_server_stalls(concurrency: int) -> None:
    # A fifth of the requests is due while it stalls, whether there are connections for them or not.
    result, _ = load(stall_each_second, duration_seconds=2.0, rate=100.0, concurrency=concurrency)
    assert percentile(result.latencies, 95) >= STALL_SECONDS / 2


def test_an_open_loop_counts_the_time_that_requests_wait_for_a_connection() -> None:
    def stall_first(number: int) -> Reply:
        if number == 0:
            threading.Event().wait(0.3)
        return right(number)

    # Of 20 requests due every 5 ms all are due before the stall ends: each waits for the rest of it.
    result, sent = load(stall_first, num_tests=20, rate=200.0)
    late = sum(count for seconds, count in result.latencies.buckets() if seconds > 0.15)
    assert (late, sent) == (20, list(range(20)))


def test_what_was_due_too_long_ago_is_a_failed_call_and_the_load_ends() -> None:
    def slow(number: int) -> Reply:
        time.sleep(0.05)
        return right(number)

    result, _ = load(slow, rate=1000.0, duration_seconds=0.5, concurrency=1, timeout_seconds=0.3)
    assert result.num_requests == 500
    assert result.num_failed == result.failed_calls["DEADLINE_EXCEEDED"] > 400
    assert result.latencies.count == result.num_requests - result.num_failed > 0
    assert result.first_failure == "Not sent within 0.3 s of when it was due: the server is behind."


def test_a_rate_holds_requests_back_until_they_are_due() -> None:
    result, _ = load(right, num_tests=5, rate=50.0)
    assert result.seconds >= 4 / 50


def test_a_duration_ends_the_load_whatever_the_number_of_tests() -> None:
    result, sent = load(right, num_tests=1, duration_seconds=0.2, rate=50.0)
    assert result.num_requests == len(sent) == 10


def test_intervals_are_seconds_and_add_up_to_the_whole() -> None:
    result, _ = load(lambda number: Reply(503) if number % 3 == 0 else right(number), duration_seconds=2.2, rate=30.0)
    assert [interval.start_seconds for interval in result.intervals] == [0.0, 1.0, 2.0]
    assert sum(interval.num_answers for interval in result.intervals) == result.latencies.count == 44
    assert sum(interval.num_failed for interval in result.intervals) == result.num_failed == 22
    assert sum(interval.seconds for interval in result.intervals) == pytest.approx(result.seconds)


class Unjudgeable(Numbers):
    """No reply can be read."""

    def judge(self, number: int, reply: bytes) -> Verdict:
        raise InternalError("not a message")


def test_an_answer_that_cannot_be_judged_is_a_failed_call() -> None:
    with measurement(right, workload=Unjudgeable(), num_tests=2) as (found, _):
        assert found.measure(Level(1)).failed_calls == {"INTERNAL": 2}


class Broken(Numbers):
    """Has a bug."""

    def request(self, number: int) -> bytes:
        raise ZeroDivisionError


def test_an_error_that_is_no_failed_call_ends_the_load_and_is_passed_on() -> None:
    with measurement(right, workload=Broken()) as (found, _), pytest.raises(ZeroDivisionError):
        found.measure(Level(2))


def test_an_interrupt_ends_the_load_with_what_came_of_it() -> None:
    class Interrupting(Numbers):
        def request(self, number: int) -> bytes:
            if number == 7:
                raise KeyboardInterrupt
            return super().request(number)

    with (
        measurement(right, workload=Interrupting()) as (found, _),
        pytest.raises(MeasurementInterruptedError) as caught,
    ):
        found.measure(Level(1))
    assert caught.value.result is not None
    assert caught.value.result.num_requests == 7


def test_a_server_that_hangs_up_fails_calls_and_the_load_goes_on() -> None:
    def hang_up(number: int) -> Reply:
        # A body that is shorter than it says.
        return Reply(body=b"ri", headers={"Content-Length": "5"}, sends_length=False) if number == 1 else right(number)

    result, sent = load(hang_up, num_tests=4)
    assert (result.failed_calls, sent) == ({"UNAVAILABLE": 1}, [0, 1, 2, 3])
