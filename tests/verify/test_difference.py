"""How far apart two tensors are said to be."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tfsctl.verify.difference import compare

FLOATS = [np.float16, np.float32, np.float64, ml_dtypes.bfloat16, ml_dtypes.float8_e5m2, ml_dtypes.float8_e4m3fn]


@pytest.mark.parametrize("dtype", FLOATS)
def test_equal_floats_do_not_differ_nan_and_zeros_included(dtype: Any) -> None:
    values = np.array([0.0, -0.0, 1.5, -1.5, np.nan], dtype)
    other = np.array([-0.0, 0.0, 1.5, -1.5, np.nan], dtype)
    found = compare(values, other, tolerance=0.0)
    assert (found.num_different, found.largest, found.largest_ulps, found.problem) == (0, 0.0, 0, "")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("start", [1.0, -1.0, 0.0, -3.75])
def test_ulps_count_the_numbers_between(dtype: Any, start: float) -> None:
    one = np.array([start], dtype)
    other = np.nextafter(np.nextafter(np.nextafter(one, dtype(np.inf)), dtype(np.inf)), dtype(np.inf))
    assert compare(one, other).largest_ulps == 3
    assert compare(other, one).largest_ulps == 3


def test_ulps_are_counted_across_zero() -> None:
    smallest = np.nextafter(np.float64(0), np.float64(1))
    found = compare(np.array([smallest]), np.array([-smallest]))
    assert (found.largest_ulps, found.num_different) == (2, 1)


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_default_is_eight_units_in_the_last_place_of_the_largest(dtype: Any) -> None:
    finfo: Any = ml_dtypes.finfo
    eps = float(finfo(dtype).eps)
    expected = np.array([0.0, 1.0], dtype)
    assert not compare(expected, np.array([4 * eps, 1.0], dtype)).problem
    assert compare(expected, np.array([16 * eps, 1.0], dtype)).problem == "1 of 2 values differ"
    assert compare(expected, np.array([4 * eps, 1.0], dtype), tolerance=0.0).problem


def test_tolerance_is_a_part_of_the_largest_value() -> None:
    expected, given = np.array([100.0, 0.0]), np.array([100.0, 0.5])
    assert not compare(expected, given, tolerance=0.005).problem
    assert compare(expected, given, tolerance=0.004).problem
    assert compare(expected, given).largest == 0.5


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number_agrees_with_itself_only(value: float) -> None:
    expected, given = np.array([value, 1.0]), np.array([2.0, 1.0])
    assert not compare(expected, expected.copy(), tolerance=0.0).problem
    for one, other in ((expected, given), (given, expected)):
        found = compare(one, other, tolerance=1e9)
        assert (found.num_different, found.largest, found.problem) == (1, None, "1 of 2 values differ")


def test_complex_numbers_are_two_floats() -> None:
    expected = np.array([1 + 1j, 2 - 2j], np.complex64)
    assert not compare(expected, expected.copy(), tolerance=0.0).problem
    assert compare(expected, expected + np.complex64(0.5j)).largest == 0.5


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint64, ml_dtypes.int4])
def test_integers_have_to_be_the_same(dtype: Any) -> None:
    expected, given = np.array([1, 2, 3], dtype), np.array([1, 2, 5], dtype)
    found = compare(expected, given, tolerance=1.0)
    assert (found.num_different, found.largest, found.problem) == (1, 2.0, "1 of 3 values differ")
    assert not compare(expected, expected.copy()).problem


def test_the_ends_of_the_integers_can_be_subtracted() -> None:
    ends = np.array([np.iinfo(np.int64).min, 0]), np.array([np.iinfo(np.int64).max, 0])
    assert compare(*ends).largest == float(2**64 - 1)


def test_strings_booleans_and_quantized_numbers_have_to_be_the_same() -> None:
    quantized = np.dtype([("qint8", np.int8)])
    for one, other in (
        (np.array([b"a", b"b"], object), np.array([b"a", b"c"], object)),
        (np.array([True, True]), np.array([True, False])),
        (np.array([1, 2], np.int8).view(quantized), np.array([1, 3], np.int8).view(quantized)),
    ):
        assert compare(one, other).problem == "1 of 2 values differ"
        assert not compare(one, one.copy()).problem


def test_types_and_shapes_have_to_be_the_same() -> None:
    value = np.zeros((2, 1), np.float32)
    assert compare(value, value.astype(np.float64)).problem == "type float64, not float32"
    assert compare(value, value[:, 0]).problem == "shape [2], not [2, 1]"


def test_nothing_at_all_agrees_with_nothing() -> None:
    for dtype in (np.float32, np.int32, object):
        empty = np.empty((0, 3), dtype)
        assert not compare(empty, empty.copy()).problem
    assert not compare(np.array(1.5), np.array(1.5)).problem
