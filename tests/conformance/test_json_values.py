"""What counts as the same JSON."""

from __future__ import annotations

import pytest

from conformance.json_values import parse, same


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("[1, 2.5, null, true]", "[1,2.5,null,true]"),
        ("3.1415927", "3.14159274"),
        ("9000000.0", "9e+06"),
        ('{"a": NaN, "b": -Infinity}', '{"b": -Infinity, "a": NaN}'),
    ],
)
def test_equal_values_are_the_same(left: str, right: str) -> None:
    assert same(parse(left), parse(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1", "1.0"),
        ("1", "true"),
        ("0.0", "-0.0"),
        ("1.0", "1.0000002"),
        ("[1]", "[1, 2]"),
        ("[]", "{}"),
        ('{"a": 1}', '{"b": 1}'),
        ("NaN", "1.0"),
        ("null", "0"),
    ],
)
def test_other_values_are_not(left: str, right: str) -> None:
    assert not same(parse(left), parse(right))


def test_doubles_are_compared_as_doubles() -> None:
    assert same(0.1, 0.1, is_double=True)
    assert not same(0.1, 0.10000000000000002, is_double=True)
