"""The digits as arrays: those that come with the package, or those of a directory."""

from __future__ import annotations

import importlib.resources
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from tfsctl.disk import disk_errors
from tfsctl.errors import DataLossError, NotFoundError
from tfsctl.mnist.idx import UInt8s, read_images, read_labels

TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"
FILE_NAMES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
_SIDE = 28


@dataclass(frozen=True, slots=True)
class Digits:
    """Handwritten digits in the order of their files.

    Attributes:
        images: float32 [n, 784] from 0 (white) to 1 (black), row by row; the bytes of the file times 1/255, as TF
            Serving's own example computes them (tensorflow-serving.md §10.3).
        labels: uint8 [n], 0 to 9.
    """

    images: npt.NDArray[np.float32]
    labels: UInt8s

    def __len__(self) -> int:
        return len(self.labels)


def load_train(data_dir: Path | None = None, *, max_digits: int | None = None) -> Digits:
    """The training digits of `data_dir`; None: the first 20,000 of MNIST, which come with the package.

    A directory holds the IDX files under their published names, gzipped (`train-images-idx3-ubyte.gz`) or plain. With
    `max_digits` only the first so many are read.

    Raises:
        NotFoundError: a file is missing.
        DataLossError: a file is corrupt, or images and labels do not belong together.
    """
    return _load(TRAIN_IMAGES, TRAIN_LABELS, data_dir, max_digits)


def load_test(data_dir: Path | None = None, *, max_digits: int | None = None) -> Digits:
    """The 10,000 test digits; arguments and errors as in `load_train`. The package carries all of them."""
    return _load(TEST_IMAGES, TEST_LABELS, data_dir, max_digits)


def _load(images_name: str, labels_name: str, data_dir: Path | None, max_digits: int | None) -> Digits:
    with _opened(images_name, data_dir) as file:
        images_file = file.name
        images = read_images(file, images_file, max_images=max_digits)
    with _opened(labels_name, data_dir) as file:
        labels_file = file.name
        labels = read_labels(file, labels_file, max_labels=max_digits)
    if len(images) != len(labels):
        raise DataLossError(
            f"{images_file} has {len(images)} images, but {labels_file} has {len(labels)} labels.",
            hint="They belong to different sets: fetch both again with --download.",
        )
    if images.shape[1:] != (_SIDE, _SIDE):
        raise DataLossError(f"{images_file} has images of {images.shape[1]}x{images.shape[2]} pixels, not 28x28.")
    if labels.size and labels.max() > 9:
        raise DataLossError(f"{labels_file} has the label {labels.max()}; digits are 0 to 9.")
    pixels = images.reshape(len(images), _SIDE * _SIDE).astype(np.float32)
    return Digits(images=np.multiply(pixels, np.float32(1.0 / 255.0), out=pixels), labels=labels)


def _opened(name: str, data_dir: Path | None) -> AbstractContextManager[BinaryIO]:
    if data_dir is None:
        packaged = importlib.resources.files("tfsctl.mnist").joinpath("data", name)
        return cast("AbstractContextManager[BinaryIO]", packaged.open("rb"))
    path = _find(data_dir, name)
    with disk_errors(path):
        return path.open("rb")


def _find(data_dir: Path, name: str) -> Path:
    """The file of that name, gzipped or plain."""
    for path in (data_dir / name, (data_dir / name).with_suffix("")):
        if path.is_file():
            return path
    raise NotFoundError(
        f"There is no {name} in {data_dir}.",
        hint="The directory needs the four MNIST files; --download fetches them.",
    )
