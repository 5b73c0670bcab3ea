"""The order of training digits (tensorflow-serving.md §10.3)."""

from __future__ import annotations

import numpy as np
import pytest

from tfsctl.errors import InvalidArgumentError
from tfsctl.train.batches import EpochBatches


def test_first_epoch_goes_through_the_digits_in_order() -> None:
    batches = EpochBatches(10, 5, np.random.default_rng(1))
    assert [batches.next().tolist(), batches.next().tolist()] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_later_epochs_are_shuffled_and_each_digit_comes_once() -> None:
    batches = EpochBatches(100, 10, np.random.default_rng(1))
    epochs = [np.concatenate([batches.next() for _ in range(10)]) for _ in range(3)]
    assert epochs[1].tolist() != epochs[0].tolist() != epochs[2].tolist() != epochs[1].tolist()
    assert all(sorted(epoch) == list(range(100)) for epoch in epochs)


def test_remainder_of_an_epoch_is_dropped() -> None:
    batches = EpochBatches(11, 5, np.random.default_rng(1))
    batches.next()
    batches.next()
    later = np.concatenate([batches.next(), batches.next()])
    assert len(set(later)) == 10


def test_batch_as_large_as_the_set_is_possible() -> None:
    batches = EpochBatches(3, 3, np.random.default_rng(1))
    assert all(sorted(batches.next()) == [0, 1, 2] for _ in range(4))


def test_batch_larger_than_the_set_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="A batch of 4 is more than the 3 digits"):
        EpochBatches(3, 4, np.random.default_rng(1))
