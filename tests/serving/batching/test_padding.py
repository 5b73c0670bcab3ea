"""Padding of batches (tensorflow-serving.md §4.3)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.serving.batching.merging import merge_tasks
from tfsctl.serving.batching.padding import padded_batch_size

DIFFERENT_SHAPES = (
    "Tensors with name 'x:0' from different tasks have different shapes and padding is turned off. Set"
    " pad_variable_length_inputs to true, or ensure that all tensors with the same name have equal dimensions"
    " starting with the first dim."
)


def merge(*arrays: Any, rows: int = 0, pads_rows: bool = False) -> np.ndarray[Any, Any]:
    tasks = [{"x:0": np.asarray(array)} for array in arrays]
    return merge_tasks(tasks, num_padding_rows=rows, pads_rows=pads_rows)["x:0"]


@pytest.mark.parametrize(
    ("num_rows", "allowed", "size"),
    [(3, (), 3), (1, (2, 4, 8), 2), (2, (2, 4, 8), 2), (5, (2, 4, 8), 8), (9, (2, 4, 8), 9), (3, (8, 4, 16), 4)],
)
def test_batch_is_padded_to_the_smallest_allowed_size(num_rows: int, allowed: tuple[int, ...], size: int) -> None:
    assert padded_batch_size(num_rows, allowed) == size


def test_rows_stand_in_the_order_of_the_tasks() -> None:
    assert merge([[1], [2]], [[3]], [[4], [5]]).tolist() == [[1], [2], [3], [4], [5]]


def test_added_rows_repeat_row_0_of_the_last_task() -> None:
    assert merge([1, 2], [3, 4, 5], rows=3).tolist() == [1, 2, 3, 4, 5, 3, 3, 3]
    assert merge([[7, 8], [9, 9]], rows=1).tolist() == [[7, 8], [9, 9], [7, 8]]


def test_a_single_task_is_not_copied() -> None:
    array = np.zeros([2, 3], np.float32)
    assert merge(array) is array
    assert merge(array, pads_rows=True) is array


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_, np.complex64, object])
def test_types_are_kept(dtype: Any) -> None:
    assert merge(np.array([1], dtype), np.array([0], dtype), rows=1).dtype == dtype
    assert merge(np.ones([1, 2], dtype), np.ones([1, 1], dtype), pads_rows=True).dtype == dtype


def test_each_tensor_is_padded_at_its_end_with_its_own_first_element() -> None:
    merged = merge([[1, 2, 3]], [[4, 5], [6, 7]], [[8]], pads_rows=True)
    assert merged.tolist() == [[1, 2, 3], [4, 5, 4], [6, 7, 4], [8, 8, 8]]


def test_all_dimensions_but_the_first_are_padded() -> None:
    merged = merge([[[1, 2]]], [[[3], [4]]], pads_rows=True)
    assert merged.tolist() == [[[1, 2], [1, 1]], [[3, 3], [4, 3]]]


def test_strings_are_padded_too() -> None:
    longer, shorter = np.array([[b"a", b"b"]], object), np.array([[b"c"]], object)
    assert merge(longer, shorter, pads_rows=True).tolist() == [[b"a", b"b"], [b"c", b"c"]]


def test_added_rows_repeat_the_padded_row() -> None:
    assert merge([[1, 2]], [[3], [4]], rows=2, pads_rows=True).tolist() == [[1, 2], [3, 3], [4, 3], [3, 3], [3, 3]]


def test_rows_without_elements_stay_so_where_all_are() -> None:
    assert merge(np.zeros([2, 0, 3]), np.zeros([1, 0, 4]), pads_rows=True).shape == (3, 0, 4)


def test_different_shapes_fail_without_padding() -> None:
    with pytest.raises(FailedPreconditionError) as caught:
        merge([[1, 2]], [[3]])
    assert caught.value.message == DIFFERENT_SHAPES
    with pytest.raises(FailedPreconditionError) as caught:
        merge([[1, 2]], [3])
    assert caught.value.message == DIFFERENT_SHAPES


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ([np.zeros([1] * 7)], "Only tensors with rank from 1 to 6 can be padded."),
        ([np.zeros([1, 2]), np.zeros([1, 0])], "Got empty tensor in batch of non-empty tensors."),
    ],
)
def test_what_cannot_be_padded_is_refused(arrays: list[Any], text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        merge(*arrays, pads_rows=True)
    assert caught.value.message == text


def test_different_ranks_cannot_be_padded() -> None:
    with pytest.raises(FailedPreconditionError, match="'x:0' from different tasks have different ranks"):
        merge([[1]], [1], pads_rows=True)
