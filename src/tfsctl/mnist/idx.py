"""Read the IDX files in which MNIST is published, gzipped or plain (tensorflow-serving.md §10.3)."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from tfsctl.errors import DataLossError

IMAGES_MAGIC = 2051
LABELS_MAGIC = 2049
GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20
# Shown with every error here: the file is the user's, or comes from the network.
_HINT = "The file is corrupt or not MNIST: delete it and fetch it again with --download."

UInt8s = npt.NDArray[np.uint8]


def read_images(file: BinaryIO, name: str, *, max_images: int | None = None) -> UInt8s:
    """The images of an IDX file as uint8 [n, rows, columns].

    `file` is open for reading in binary, gzipped or not; `name` names it in errors. With `max_images` no more than the
    first so many are read.

    Raises:
        DataLossError: not an IDX file of images, or truncated, or with more bytes than it says, or broken gzip.
    """
    (count, rows, columns), values = _read(file, name, IMAGES_MAGIC, max_images)
    return values.reshape(count, rows, columns)


def read_labels(file: BinaryIO, name: str, *, max_labels: int | None = None) -> UInt8s:
    """The labels of an IDX file as uint8 [n]; arguments and errors as in `read_images`."""
    return _read(file, name, LABELS_MAGIC, max_labels)[1]


def _read(file: BinaryIO, name: str, magic: int, max_items: int | None) -> tuple[tuple[int, ...], UInt8s]:
    """The dimensions (those that were read) and the flat values."""
    try:
        stream = _unpacked(file)
        dimensions = _read_header(stream, name, magic)
        count = dimensions[0] if max_items is None else min(dimensions[0], max_items)
        dimensions = (count, *dimensions[1:])
        expected = int(np.prod(dimensions, dtype=object))
        content = _read_at_most(stream, expected)
        trailing = max_items is None and len(content) == expected and stream.read(1)
    except EOFError as error:
        raise DataLossError(f"{name} is truncated: its gzip data end too early.", hint=_HINT) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataLossError(f"{name} cannot be unpacked: {error}", hint=_HINT) from error
    if len(content) < expected:
        raise DataLossError(f"{name} is truncated: {len(content)} of {expected} bytes are there.", hint=_HINT)
    if trailing:
        raise DataLossError(f"{name} has more than the {expected} bytes that its header speaks of.", hint=_HINT)
    return dimensions, np.frombuffer(content, np.uint8)


def _unpacked(file: BinaryIO) -> BinaryIO:
    """The file's content, unpacked if it begins like gzip, whatever its name."""
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", file))
    if buffered.peek(2)[:2] == GZIP_MAGIC:
        return cast("BinaryIO", gzip.GzipFile(fileobj=buffered))
    return buffered


def _read_header(stream: BinaryIO, name: str, magic: int) -> tuple[int, ...]:
    """The dimensions, checked against the magic number: three for images, one for labels, big-endian."""
    num_dimensions = magic % 256
    head = _read_at_most(stream, 4 * (1 + num_dimensions))
    found = int.from_bytes(head[:4], "big")
    kind = "images" if magic == IMAGES_MAGIC else "labels"
    if len(head) < 4 or found != magic:
        raise DataLossError(
            f"Invalid magic number {found} in {name}: an MNIST file of {kind} begins with {magic}.", hint=_HINT
        )
    if len(head) < 4 * (1 + num_dimensions):
        raise DataLossError(f"{name} is truncated within its header.", hint=_HINT)
    return struct.unpack(f">{num_dimensions}I", head[4:])


def _read_at_most(stream: BinaryIO, size: int) -> bytes:
    """As many of `size` bytes as there are; memory grows with what is there, not with what a header claims."""
    chunks: list[bytes] = []
    missing = size
    while missing and (chunk := stream.read(min(missing, _CHUNK))):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)
