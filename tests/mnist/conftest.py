"""Small MNIST files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest


def idx_bytes(values: np.ndarray) -> bytes:
    """An array as an IDX file: three dimensions are images, one is labels."""
    header = np.array([2048 + values.ndim, *values.shape], dtype=">u4")
    return header.tobytes() + values.astype(np.uint8).tobytes()


@pytest.fixture
def images() -> np.ndarray:
    return np.arange(6 * 784).reshape(6, 28, 28) % 256


@pytest.fixture
def labels() -> np.ndarray:
    return np.array([3, 1, 4, 1, 5, 9])


@pytest.fixture
def images_file(images: np.ndarray) -> bytes:
    return idx_bytes(images)


@pytest.fixture
def labels_file(labels: np.ndarray) -> bytes:
    return idx_bytes(labels)


@pytest.fixture
def data_dir(tmp_path: Path, images_file: bytes, labels_file: bytes) -> Path:
    """The four files, gzipped, each with the same six digits."""
    directory = tmp_path / "digits"
    directory.mkdir()
    for part in ("train", "t10k"):
        (directory / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images_file))
        (directory / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels_file))
    return directory
