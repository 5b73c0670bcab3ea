"""Ratios, their spread, and the word whether they stand out."""

from __future__ import annotations

import math
import random

import pytest

from tfsctl.bench.statistics.confidence import Estimate
from tfsctl.bench.statistics.ratio import Ratio, difference_of_pairs, ratio_of_estimates, ratio_of_pairs
from tfsctl.bench.statistics.ratio_words import ratio_line


def test_the_ratio_of_pairs_by_hand() -> None:
    # Logarithms of the ratios: ln 2 - 0.1, ln 2, ln 2 + 0.1; deviation 0.1, t(2) = 4.303.
    pairs = [(100.0, 200 * math.exp(-0.1)), (50.0, 100.0), (10.0, 20 * math.exp(0.1))]
    ratio = ratio_of_pairs(pairs)
    assert ratio is not None
    assert ratio.value == pytest.approx(2)
    half = 4.303 * 0.1 / math.sqrt(3)
    assert ratio.low == pytest.approx(2 * math.exp(-half))
    assert ratio.high == pytest.approx(2 * math.exp(half))
    assert ratio.stands_out


def test_without_a_pair_there_is_no_ratio_and_with_one_no_spread() -> None:
    assert ratio_of_pairs([(0.0, 1.0)]) is None
    assert difference_of_pairs([]) is None
    assert ratio_of_pairs([(1.0, 2.0)]) == Ratio(value=2.0)
    assert Ratio(value=2.0).stands_out is None


def test_equal_sides_stand_out_in_5_of_100_comparisons() -> None:
    found = 0
    for seed in range(1000):
        chance = random.Random(seed)
        pairs = [(chance.gauss(100, 10), chance.gauss(100, 10)) for _ in range(10)]
        ratio = ratio_of_pairs(pairs)
        found += bool(ratio and ratio.stands_out)
    assert 30 <= found <= 70


def test_a_drift_of_the_machine_is_no_spread() -> None:
    pairs = [(100.0 * drift, 110.0 * drift) for drift in (1, 2, 3, 4)]
    ratio = ratio_of_pairs(pairs)
    assert ratio is not None
    assert ratio.stands_out
    assert ratio.low == pytest.approx(1.1)
    assert ratio.high == pytest.approx(1.1)


def test_differences_of_error_rates() -> None:
    same = difference_of_pairs([(0.0, 0.0)] * 5)
    worse = difference_of_pairs([(0.1, 0.2), (0.1, 0.22), (0.1, 0.18)])
    assert same is not None
    assert worse is not None
    assert (same.value, same.stands_out) == (0.0, False)
    assert worse.value == pytest.approx(0.1)
    assert worse.stands_out


def test_the_spread_of_two_reports_is_put_together_from_both() -> None:
    first = Estimate(value=100.0, low=90.0, high=110.0, num_samples=11, method="repeats")
    second = Estimate(value=200.0, low=180.0, high=220.0, num_samples=11, method="repeats")
    ratio = ratio_of_estimates(100.0, 200.0, first_estimate=first, second_estimate=second)
    assert ratio is not None
    assert ratio.high is not None
    # Both errors are 10 % / t(10); with twenty degrees of freedom together t is 2.086.
    assert math.log(ratio.high / 2) == pytest.approx(math.sqrt(2) * 0.1 / 2.228 * 2.086, rel=1e-3)
    assert ratio_of_estimates(100.0, 200.0, first_estimate=None, second_estimate=second) == Ratio(value=2.0)
    assert ratio_of_estimates(0.0, 200.0, first_estimate=first, second_estimate=second) is None


@pytest.mark.parametrize(
    ("name", "ratio", "line"),
    [
        (
            "throughput",
            Ratio(value=1.32, low=1.25, high=1.4),
            "Throughput: B answers 1.32 times as many requests as A (1.25 to 1.40): that stands out of the noise",
        ),
        (
            "p99",
            Ratio(value=0.97, low=0.9, high=1.05),
            "p99: B takes 0.97 times as long as A (0.90 to 1.05): no difference that stands out of the noise",
        ),
        ("p50", Ratio(value=2.0), "p50: B takes 2.00 times as long as A: too short to tell a difference from noise"),
        ("p50", None, "p50: nothing to compare, one side has no figure"),
        (
            "error_rate",
            Ratio(value=-0.02, low=-0.03, high=-0.01, is_difference=True),
            "Error rate: B errs 2 percentage points less often than A (-3 to -1): that stands out of the noise",
        ),
        (
            "error_rate",
            Ratio(value=0.0, low=0.0, high=0.0, is_difference=True),
            "Error rate: B and A err equally often: no difference that stands out of the noise",
        ),
    ],
)
def test_ratios_in_words(name: str, ratio: Ratio | None, line: str) -> None:
    assert ratio_line(name, ratio, first="A", second="B") == line
