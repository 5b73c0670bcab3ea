"""Tasks to a batch, and a batch's outputs to those of its tasks (tensorflow-serving.md §4.2, §4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError
from tfsctl.serving.batching.padding import common_row_shape, pad_rows
from tfsctl.serving.batching.splitting import split_rows

Array: TypeAlias = "np.ndarray[Any, Any]"
Arrays: TypeAlias = Mapping[str, Array]


def count_rows(inputs: Arrays) -> int:
    """The size of a task: dimension 0 of its tensors. Raises InvalidArgumentError where they have no common one."""
    if not inputs:
        raise InvalidArgumentError("Batching Run() must have at least one input tensor")
    num_rows = -1
    for array in inputs.values():
        if not array.ndim:
            raise InvalidArgumentError("Batching Run() input tensors must have at least one dimension")
        if num_rows not in {-1, len(array)}:
            raise InvalidArgumentError("Batching Run() input tensors must have equal 0th-dimension size")
        num_rows = len(array)
    return num_rows


def merge_tasks(tasks: Sequence[Arrays], *, num_padding_rows: int = 0, pads_rows: bool = False) -> dict[str, Array]:
    """The tensors of a batch: the rows of all tasks in their order, then row 0 of the last one, repeated.

    Args:
        tasks: The tensors of each, at least one row, by the same names.
        num_padding_rows: How many rows to add.
        pads_rows: Whether to fill up smaller rows; the first element of the task's tensor is what fills them.

    Raises:
        FailedPreconditionError: rows differ in shape and are not to be filled up.
        InvalidArgumentError: they cannot be filled up.
    """
    merge = _merge_padded if pads_rows else _merge_equal
    return {name: merge([task[name] for task in tasks], name, num_padding_rows) for name in tasks[0]}


def split_outputs(outputs: Arrays, sizes: Sequence[int], num_padding_rows: int = 0) -> list[dict[str, Array]]:
    """Each task's rows of a batch's outputs, as views; raises FailedPreconditionError where the outputs lack them."""
    num_rows = sum(sizes) + num_padding_rows
    for array in outputs.values():
        if not array.ndim:
            raise FailedPreconditionError("Batched output tensor has 0 dimensions")
        if len(array) != num_rows:
            raise FailedPreconditionError(
                "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the"
                " input tensors"
            )
    if len(sizes) == 1 and not num_padding_rows:
        return [dict(outputs)]
    return list(split_rows(outputs, sizes))


def _merge_equal(arrays: list[Array], name: str, num_padding_rows: int) -> Array:
    row_shape = arrays[0].shape[1:]
    if any(array.shape[1:] != row_shape for array in arrays):
        raise FailedPreconditionError(
            f"Tensors with name '{name}' from different tasks have different shapes and padding is turned off. Set"
            " pad_variable_length_inputs to true, or ensure that all tensors with the same name have equal dimensions"
            " starting with the first dim."
        )
    if num_padding_rows:
        arrays.append(np.broadcast_to(arrays[-1][:1], (num_padding_rows, *row_shape)))
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _merge_padded(arrays: list[Array], name: str, num_padding_rows: int) -> Array:
    row_shape = common_row_shape(arrays, name)
    if all(array.shape[1:] == row_shape for array in arrays):
        return _merge_equal(arrays, name, num_padding_rows)
    num_rows = sum(map(len, arrays))
    merged = np.empty((num_rows + num_padding_rows, *row_shape), arrays[0].dtype)
    begin = end = 0
    for array in arrays:
        begin, end = end, end + len(array)
        pad_rows(merged[begin:end], array)
    merged[num_rows:] = merged[begin]
    return merged
