"""The order in which training digits are seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tfsctl.errors import InvalidArgumentError


class EpochBatches:
    """Gives the indices of one batch after the other, without end.

    As TF Serving's `next_batch` (tensorflow-serving.md §10.3): the first epoch goes through the digits in their order;
    a batch that would pass the end drops what remains and begins a new, shuffled epoch.
    """

    def __init__(self, num_digits: int, batch_size: int, random: np.random.Generator) -> None:
        if batch_size > num_digits:
            raise InvalidArgumentError(
                f"A batch of {batch_size} is more than the {num_digits} digits there are to train on.",
                hint="Choose a smaller --batch-size.",
            )
        self._batch_size = batch_size
        self._random = random
        self._order = np.arange(num_digits)
        self._position = 0

    def next(self) -> npt.NDArray[np.int64]:
        """The indices of the next `batch_size` digits."""
        if self._position + self._batch_size > len(self._order):
            self._order = self._random.permutation(len(self._order))
            self._position = 0
        batch = self._order[self._position : self._position + self._batch_size]
        self._position += self._batch_size
        return batch
