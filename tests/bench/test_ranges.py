"""Loads as people write them."""

from __future__ import annotations

import pytest

from tfsctl.bench.level import Level
from tfsctl.bench.ranges import levels_of, parse_concurrency, parse_rate
from tfsctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("8", (8,)),
        ("1,2,8", (1, 2, 8)),
        ("1:64", (1, 2, 4, 8, 16, 32, 64)),
        ("3:20", (3, 6, 12, 20)),
        ("4:4", (4,)),
        ("8:32:8", (8, 16, 24, 32)),
        ("1:8:3", (1, 4, 7)),
        ("1, 4:8", (1, 4, 8)),
        ("2,2,1", (2, 1)),
    ],
)
def test_numbers_lists_and_ranges_are_read(text: str, values: tuple[int, ...]) -> None:
    assert parse_concurrency(text) == values


def test_rates_may_have_fractions() -> None:
    assert parse_rate("0.5:3") == (0.5, 1.0, 2.0, 3.0)
    assert parse_rate("10:11:0.5") == (10.0, 10.5, 11.0)


@pytest.mark.parametrize(
    "text", ["", "x", "1:x", "0", "-1", "0:4", "8:1", "1:8:0", "1:2:3:4", "nan", "1:inf", "1.5", "1:1e9:1"]
)
def test_what_makes_no_sense_is_a_usage_error_that_names_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_concurrency(text)
    assert "concurrency" in caught.value.message
    assert repr(text) in caught.value.message


def test_levels_are_all_pairs() -> None:
    assert levels_of((1, 2)) == (Level(1), Level(2))
    assert levels_of((1, 2), (5.0,)) == (Level(1, 5.0), Level(2, 5.0))
