"""When this side is said to be the limit."""

from __future__ import annotations

import pytest

from tfsctl.bench.generator.record import Record
from tfsctl.bench.level import Level
from tfsctl.bench.level_figures import generator_load
from tfsctl.bench.level_result import GeneratorLoad
from tfsctl.bench.statistics.histogram import LatencyHistogram
from tfsctl.bench.truth_counts import TruthCounts


def record(*, cpu: float = 0.2, starved: float = 0.0, wake_delay: float = 0.0, idly_late: float = 0.0) -> Record:
    made = Record(TruthCounts(class_names=(), num_requests=1))
    made.cpu_fraction, made.starved_fraction, made.wake_delay_seconds = cpu, starved, wake_delay
    for _ in range(100):
        made.idly_late.record(idly_late)
        made.late.record(idly_late)
    return made


def latencies(seconds: float, count: int = 100) -> LatencyHistogram:
    made = LatencyHistogram()
    for _ in range(count):
        made.record(seconds)
    return made


def judged(record: Record, latencies: LatencyHistogram, *, rate: float | None = 100.0) -> GeneratorLoad:
    return generator_load(record, latencies, level=Level(2, rate), num_processes=1, seconds=1.0)


def test_a_generator_that_has_time_is_no_limit() -> None:
    load = judged(record(), latencies(0.005))
    assert (load.was_limit, load.reason, load.num_processes, load.cpu_fraction) == (False, "", 1, 0.2)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (record(cpu=0.95), "used a processor for 95% of the time"),
        (record(idly_late=0.002), "sent 2.0 ms late or more although a connection was free"),
        (record(wake_delay=0.001), "replies waited 1.00 ms on the mean"),
        (record(cpu=0.5, starved=0.45), "too few for all that runs on it"),
    ],
    ids=["busy", "late", "woken late", "starved"],
)
def test_a_generator_that_bounds_the_figures_says_why(made: Record, words: str) -> None:
    load = judged(made, latencies(0.005))
    assert load.was_limit
    assert words in load.reason


def test_of_a_few_requests_nothing_is_said() -> None:
    assert not judged(record(idly_late=0.002, wake_delay=0.002), latencies(0.005, 99)).was_limit


def test_lateness_that_is_small_beside_the_latency_is_no_limit() -> None:
    assert not judged(record(idly_late=0.002, wake_delay=0.002), latencies(0.1)).was_limit


def test_how_late_requests_were_is_told_in_an_open_loop_only() -> None:
    open_loop = judged(record(idly_late=0.0005), latencies(0.1))
    assert open_loop.late_ms == pytest.approx({"p50": 0.5, "p99": 0.5, "max": 0.5}, rel=0.001)
    closed = Record(TruthCounts(class_names=(), num_requests=1))
    assert judged(closed, latencies(0.1), rate=None).late_ms is None


@pytest.mark.parametrize(("rate", "is_limit"), [(None, True), (500.0, False)])
def test_connections_that_stand_idle_in_a_closed_loop_show_who_is_slow(rate: float | None, is_limit: bool) -> None:
    # 300 answers of 5 ms keep two connections busy for three quarters of a second.
    load = judged(record(), latencies(0.005, 300), rate=rate)
    assert load.was_limit is is_limit
    assert load.reason == (
        "for 25% of the time a connection stood idle between an answer and the next request" * is_limit
    )
