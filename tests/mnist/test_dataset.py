"""The digits that come with the package, and those of a directory."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from tfsctl.errors import DataLossError, NotFoundError
from tfsctl.mnist import load_test, load_train


def test_packaged_test_digits_are_the_whole_set() -> None:
    digits = load_test()
    assert digits.images.shape == (10_000, 784)
    assert digits.images.dtype == np.float32
    assert np.bincount(digits.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert digits.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_packaged_training_digits_are_the_first_20000() -> None:
    digits = load_train()
    assert len(digits) == len(digits.images) == 20_000
    assert digits.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert (digits.images.min(), digits.images.max()) == (0.0, 1.0)


def test_pixels_are_bytes_times_one_over_255(data_dir: Path, images: np.ndarray) -> None:
    expected = np.multiply(images.reshape(6, 784).astype(np.float32), 1.0 / 255.0)
    np.testing.assert_array_equal(load_train(data_dir).images, expected)


def test_plain_files_are_found_too(data_dir: Path, labels: np.ndarray) -> None:
    for path in list(data_dir.iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    np.testing.assert_array_equal(load_test(data_dir).labels, labels)


def test_no_more_digits_than_asked_for() -> None:
    some, all_of_them = load_test(max_digits=50), load_test()
    assert len(some) == 50
    np.testing.assert_array_equal(some.images, all_of_them.images[:50])
    np.testing.assert_array_equal(some.labels, all_of_them.labels[:50])


def test_missing_file_is_named_with_a_hint(data_dir: Path) -> None:
    (data_dir / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(NotFoundError, match=f"no train-labels-idx1-ubyte.gz in {data_dir}") as raised:
        load_train(data_dir)
    assert "--download" in (raised.value.hint or "")


def test_images_and_labels_of_different_counts_are_refused(data_dir: Path) -> None:
    five_labels = bytes([0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5])
    (data_dir / "train-labels-idx1-ubyte.gz").write_bytes(five_labels)
    with pytest.raises(DataLossError, match=r"train-images.* has 6 images, but .*train-labels.* has 5 labels"):
        load_train(data_dir)


def test_label_that_is_no_digit_is_refused(data_dir: Path) -> None:
    letters = bytes([0, 0, 8, 1, 0, 0, 0, 6, 1, 2, 3, 4, 5, 26])
    (data_dir / "t10k-labels-idx1-ubyte.gz").write_bytes(letters)
    with pytest.raises(DataLossError, match="has the label 26"):
        load_test(data_dir)


def test_images_of_another_size_are_refused(data_dir: Path) -> None:
    one_pixel_images = bytes([0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6])
    (data_dir / "t10k-images-idx3-ubyte.gz").write_bytes(one_pixel_images)
    with pytest.raises(DataLossError, match="1x1 pixels, not 28x28"):
        load_test(data_dir)
