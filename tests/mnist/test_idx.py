"""IDX files, whole and broken."""

from __future__ import annotations

import gzip
import io
import struct

import numpy as np
import pytest

from tfsctl.errors import DataLossError
from tfsctl.mnist.idx import read_images, read_labels

NAME = "some/train-images-idx3-ubyte"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_images_are_read_plain_and_gzipped(images: np.ndarray, images_file: bytes, pack: type[bytes]) -> None:
    read = read_images(io.BytesIO(pack(images_file)), NAME)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, images)


def test_labels_are_read(labels: np.ndarray, labels_file: bytes) -> None:
    np.testing.assert_array_equal(read_labels(io.BytesIO(labels_file), NAME), labels)


@pytest.mark.parametrize(("asked", "given"), [(0, 0), (2, 2), (6, 6), (99, 6)])
def test_no_more_images_than_asked_for_are_read(images: np.ndarray, images_file: bytes, asked: int, given: int) -> None:
    read = read_images(io.BytesIO(images_file), NAME, max_images=asked)
    np.testing.assert_array_equal(read, images[:given])


def test_labels_where_images_should_be_name_both_magic_numbers(labels_file: bytes) -> None:
    with pytest.raises(DataLossError, match=f"Invalid magic number 2049 in {NAME}: .* begins with 2051") as raised:
        read_images(io.BytesIO(labels_file), NAME)
    assert raised.value.hint is not None
    assert "--download" in raised.value.hint


@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 15])
def test_file_cut_within_its_header_is_refused(images_file: bytes, size: int) -> None:
    with pytest.raises(DataLossError, match=NAME):
        read_images(io.BytesIO(images_file[:size]), NAME)


def test_truncated_file_says_how_much_is_there(images_file: bytes) -> None:
    with pytest.raises(DataLossError, match=f"{NAME} is truncated: 4604 of 4704 bytes are there"):
        read_images(io.BytesIO(images_file[:-100]), NAME)


def test_file_with_more_than_it_says_is_refused(labels_file: bytes) -> None:
    with pytest.raises(DataLossError, match="more than the 6 bytes"):
        read_labels(io.BytesIO(labels_file + b"!"), NAME)


def test_truncated_gzip_is_refused(images_file: bytes) -> None:
    with pytest.raises(DataLossError, match=f"{NAME} is truncated: its gzip data end too early"):
        read_images(io.BytesIO(gzip.compress(images_file)[:-20]), NAME)


@pytest.mark.parametrize("position", [2, 40, -5], ids=["method", "data", "checksum"])
def test_corrupt_gzip_is_refused(images_file: bytes, position: int) -> None:
    packed = bytearray(gzip.compress(images_file))
    packed[position] ^= 0xFF
    with pytest.raises(DataLossError, match=NAME):
        read_images(io.BytesIO(bytes(packed)), NAME)


def test_header_that_claims_terabytes_takes_no_memory() -> None:
    header = struct.pack(">4I", 2051, 2**32 - 1, 28, 28)
    with pytest.raises(DataLossError, match="0 of 3367254359280 bytes"):
        read_images(io.BytesIO(header), NAME)
