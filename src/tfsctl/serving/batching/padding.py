"""Making tensors of several tasks fit together: how far to fill up, and with what (tensorflow-serving.md §4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError

Array: TypeAlias = "np.ndarray[Any, Any]"

_MAX_RANK = 6


def padded_batch_size(num_rows: int, allowed_batch_sizes: Sequence[int]) -> int:
    """The smallest allowed size with room for `num_rows`; `num_rows` where there is none, or all are allowed."""
    return min((size for size in allowed_batch_sizes if size >= num_rows), default=num_rows)


def common_row_shape(arrays: Sequence[Array], tensor_name: str) -> tuple[int, ...]:
    """The shape of a row, dimension 0 left out, into which each row of `arrays` can be padded.

    Raises:
        InvalidArgumentError: a rank that cannot be padded; an array without elements among others with some.
        FailedPreconditionError: the ranks differ.
    """
    rank = arrays[0].ndim
    if any(array.ndim != rank for array in arrays):
        raise FailedPreconditionError(f"Tensors with name '{tensor_name}' from different tasks have different ranks.")
    if not 1 <= rank <= _MAX_RANK:
        raise InvalidArgumentError(f"Only tensors with rank from 1 to {_MAX_RANK} can be padded.")
    shape = tuple(max(sizes) for sizes in zip(*(array.shape[1:] for array in arrays), strict=True))
    if 0 not in shape and any(not array.size for array in arrays):
        raise InvalidArgumentError("Got empty tensor in batch of non-empty tensors.")
    return shape


def pad_rows(target: Array, source: Array) -> None:
    """Write `source` into the beginning of `target`, which has as many rows; fill the rest with its first element."""
    if target.size and target.shape != source.shape:
        target[...] = source.flat[0]
    target[tuple(slice(size) for size in source.shape)] = source
