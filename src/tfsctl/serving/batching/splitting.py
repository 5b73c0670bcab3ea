"""Cutting a task that is too large for a batch, and putting its outputs together (tensorflow-serving.md §4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Arrays: TypeAlias = "Mapping[str, np.ndarray[Any, Any]]"


def piece_sizes(task_size: int, *, room: int, max_batch_size: int) -> list[int]:
    """The sizes of the pieces, in order: the first fills the `room` in the open batch, the others whole batches."""
    sizes = [min(room, task_size)] if room > 0 else []
    rest = task_size - sum(sizes)
    sizes += [max_batch_size] * (rest // max_batch_size)
    if rest % max_batch_size:
        sizes.append(rest % max_batch_size)
    return sizes


def split_rows(arrays: Arrays, sizes: Sequence[int]) -> Iterator[dict[str, np.ndarray[Any, Any]]]:
    """The first `sizes[0]` rows of each array, then the next `sizes[1]`, and so on; views, nothing is copied."""
    begin = 0
    for size in sizes:
        end = begin + size
        yield {name: array[begin:end] for name, array in arrays.items()}
        begin = end


def join_rows(pieces: Sequence[Arrays]) -> dict[str, np.ndarray[Any, Any]]:
    """The rows of all pieces, in their order."""
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
