from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tfsctl.bench.level import Level
from tfsctl.bench.level_result import LevelResult
from tfsctl.errors import UsageError
from tfsctl.tune.limit import parse_limits
from tfsctl.tune.objective import Objective
from tfsctl.tune.probe import LoadChoice, MeasureLoad, choose_load
from tune.machine import level_result

_FASTEST = 1000.0


def _server(*, busy_from: int, speed: float = 1.0) -> MeasureLoad:
    """One that answers 1000 requests a second, or `speed` times as many, from `busy_from` in flight on."""

    def measure(concurrency: int) -> LevelResult:
        throughput = speed * _FASTEST * min(1.0, concurrency / busy_from)
        result = level_result({concurrency / throughput * 1000: 100}, seconds=100 / throughput)
        return replace(result, level=Level(concurrency))

    return measure


def _choose(measure: MeasureLoad, limit: str = "", *, batching_speed: float = 1.0) -> LoadChoice:
    @contextlib.contextmanager
    def batching(concurrency: int) -> Iterator[MeasureLoad]:
        del concurrency
        yield _server(busy_from=1, speed=batching_speed)

    return choose_load(measure, Objective(parse_limits([limit])), batching=batching)


@pytest.mark.parametrize(("busy_from", "concurrency"), [(1, 8), (2, 8), (4, 16), (1000, 64)])
def test_load_is_four_times_what_keeps_the_server_busy(busy_from: int, concurrency: int) -> None:
    assert _choose(_server(busy_from=busy_from)).concurrency == concurrency


def test_load_that_is_too_much_for_the_limit_is_the_most_that_keeps_it() -> None:
    choice = _choose(_server(busy_from=4), "p99<9ms")
    assert choice.concurrency == 8
    assert choice.reason == "more do not keep p99<9ms"


def test_load_is_not_made_less_where_batching_keeps_the_limit() -> None:
    choice = _choose(_server(busy_from=4), "p99<9ms", batching_speed=2.0)
    assert choice.concurrency == 16
    assert choice.reason == "with batching they keep p99<9ms"


def test_load_where_nothing_keeps_the_limit_is_as_without_one() -> None:
    assert _choose(_server(busy_from=4), "p99<1us").concurrency == 16


@pytest.mark.parametrize("text", ["p99", "p99<20", "latency<20ms", "p99@4<20ms"])
def test_limit_that_is_none_is_refused_by_the_name_of_its_option(text: str) -> None:
    with pytest.raises(UsageError, match="--limit"):
        parse_limits([text])
