"""Which generator sends what, and when."""

from __future__ import annotations

import itertools
from statistics import fmean, stdev

import pytest

from tfsctl.bench import BenchPlan
from tfsctl.bench.generator.share import Share
from tfsctl.bench.level import Level
from tfsctl.bench.shares import divided, level_share, warm_up_share

RATE = 200.0
EIGHT = Level(8)


def share(level: Level = EIGHT, **plan: object) -> Share:
    made = BenchPlan(**plan)  # type: ignore[arg-type]  # Whatever a test wants.
    return level_share(made, level, num_tests=made.limit, duration_seconds=made.duration_seconds)


def due(share: Share) -> list[float]:
    return [offset for _, offset in share.numbers() if offset is not None]


def test_constant_arrivals_have_equal_gaps() -> None:
    assert due(share(Level(1, RATE), num_tests=5)) == pytest.approx([0.0, 0.005, 0.01, 0.015, 0.02])


def test_poisson_arrivals_have_gaps_of_the_mean_and_spread_of_chance() -> None:
    gaps = [b - a for a, b in itertools.pairwise(due(share(Level(1, RATE), num_tests=20_000, arrivals="poisson")))]
    assert fmean(gaps) == pytest.approx(1 / RATE, rel=0.05)
    assert stdev(gaps) == pytest.approx(1 / RATE, rel=0.05)
    # A memory would show here: of exponential gaps 1/e are longer than the mean.
    assert sum(gap > 1 / RATE for gap in gaps) / len(gaps) == pytest.approx(0.3679, rel=0.05)


def test_poisson_arrivals_depend_on_the_seed_alone() -> None:
    level = Level(1, RATE)
    plans = [share(level, num_tests=50, arrivals="poisson", seed=seed) for seed in (1, 1, 2)]
    first, again, other = map(due, plans)
    assert first == again != other


@pytest.mark.parametrize("rate", [None, RATE])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 20])
def test_shares_are_the_whole_and_nothing_twice(count: int, rate: float | None) -> None:
    whole = share(Level(8, rate), num_tests=101, arrivals="poisson")
    parts = divided(whole, count)
    assert sorted(call for part in parts for call in part.numbers()) == sorted(whole.numbers())
    assert (sum(part.lanes for part in parts), sum(part.connections for part in parts)) == (8, 8)
    assert len(parts) == min(count, 8)


def test_a_duration_ends_what_is_due() -> None:
    assert len(due(share(Level(1, RATE), duration_seconds=0.1))) == 20


@pytest.mark.parametrize(
    ("plan", "limit", "seconds"),
    [({}, 8, None), ({"warmup_requests": 3}, 3, None), ({"warmup_seconds": 0.5}, None, 0.5)],
    ids=str,
)
def test_a_warm_up_is_as_long_as_the_plan_says(
    plan: dict[str, float], limit: int | None, seconds: float | None
) -> None:
    found = warm_up_share(BenchPlan(**plan), share())  # type: ignore[arg-type]  # Whatever a test wants.
    assert found is not None
    assert (found.limit, found.duration_seconds) == (limit, seconds)


@pytest.mark.parametrize("plan", [{"warmup_requests": 0}, {"warmup_seconds": 0.0}], ids=str)
def test_a_plan_may_want_no_warm_up(plan: dict[str, float]) -> None:
    assert warm_up_share(BenchPlan(**plan), share()) is None  # type: ignore[arg-type]  # Whatever a test wants.
