"""Splitting tasks and outputs (tensorflow-serving.md §4.2, §4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.serving.batching.merging import count_rows, split_outputs
from tfsctl.serving.batching.splitting import join_rows, piece_sizes, split_rows


@pytest.mark.parametrize(
    ("task_size", "room", "pieces"),
    [
        (1, 4, [1]),
        (4, 4, [4]),
        (5, 4, [4, 1]),
        (5, 3, [3, 2]),
        (11, 3, [3, 4, 4]),
        (12, 3, [3, 4, 4, 1]),
        (8, 0, [4, 4]),
        (3, 0, [3]),
    ],
)
def test_pieces_fill_the_open_batch_then_whole_ones(task_size: int, room: int, pieces: list[int]) -> None:
    assert piece_sizes(task_size, room=room, max_batch_size=4) == pieces


@given(st.integers(1, 500), st.integers(0, 16), st.integers(1, 16))
def test_pieces_are_the_whole_task_and_fit(task_size: int, room: int, max_batch_size: int) -> None:
    sizes = piece_sizes(task_size, room=min(room, max_batch_size), max_batch_size=max_batch_size)
    assert sum(sizes) == task_size
    assert all(0 < size <= max_batch_size for size in sizes)


def test_split_rows_are_views_and_join_again() -> None:
    x = np.arange(10).reshape(5, 2)
    pieces = list(split_rows({"x": x}, [2, 1, 2]))
    assert all(np.shares_memory(piece["x"], x) for piece in pieces)
    assert [len(piece["x"]) for piece in pieces] == [2, 1, 2]
    assert join_rows(pieces)["x"].tolist() == x.tolist()


def test_outputs_are_split_into_views_without_the_padding() -> None:
    y = np.arange(6)
    outputs = split_outputs({"y": y}, [2, 1], num_padding_rows=3)
    assert [each["y"].tolist() for each in outputs] == [[0, 1], [2]]
    assert all(np.shares_memory(each["y"], y) for each in outputs)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (np.array(1.0), "Batched output tensor has 0 dimensions"),
        (
            np.zeros(4),
            (
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input"
                " tensors"
            ),
        ),
    ],
)
def test_outputs_that_are_no_batch_are_refused(output: Any, text: str) -> None:
    for sizes in ([2, 1], [3]):
        with pytest.raises(FailedPreconditionError) as caught:
            split_outputs({"y": output}, sizes)
        assert caught.value.message == text


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({}, "Batching Run() must have at least one input tensor"),
        ({"x": np.array(1.0)}, "Batching Run() input tensors must have at least one dimension"),
        ({"a": np.zeros(2), "b": np.array(1)}, "Batching Run() input tensors must have at least one dimension"),
        ({"a": np.zeros(2), "b": np.zeros(3)}, "Batching Run() input tensors must have equal 0th-dimension size"),
        ({"a": np.zeros(0), "b": np.zeros(3)}, "Batching Run() input tensors must have equal 0th-dimension size"),
    ],
)
def test_inputs_without_a_common_dimension_0_are_refused(inputs: Mapping[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        count_rows(inputs)
    assert caught.value.message == text


def test_dimension_0_of_the_inputs_is_the_size() -> None:
    assert count_rows({"a": np.zeros([3, 2]), "b": np.zeros(3)}) == 3
