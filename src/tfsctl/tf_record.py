"""TFRecord files, read and written without TensorFlow.

A file is a row of records and nothing else. A record is the length of its data (8 bytes, little-endian), the masked
CRC-32C of those 8 bytes (4 bytes), the data, and the masked CRC-32C of the data (4 bytes). Only uncompressed files are
read. An OSError of the file passes as it is.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import google_crc32c

from tfsctl.errors import DataLossError

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")
_MASK_DELTA = 0xA282EAD8
# A length is only believed as far as the file goes: no more than this is asked for at once.
_MAX_READ_BYTES = 1 << 24
_HINT = "TFRecord files are binary and uncompressed; a file cut off while it was written ends in a truncated record."


def read_records(path: Path) -> Iterator[bytes]:
    """The data of each record of the file at `path`, in order; the file is open until the iterator ends or is closed.

    An empty file has no records. Memory is taken for the data that is there, not for the length that a record claims.

    Raises:
        DataLossError: while iterating, after the whole records before it: a record is truncated, or a checksum does
            not fit. The message has the offset at which the record begins, and the file.
        OSError: the file cannot be opened or read.
    """
    with path.open("rb") as file:
        offset = 0
        while (length := _read_length(file, path, offset)) is not None:
            data = _read_exactly(file, length)
            footer = file.read(_FOOTER.size)
            if len(data) < length or len(footer) < _FOOTER.size:
                raise _truncated(path, offset)
            if _FOOTER.unpack(footer)[0] != _masked_crc32c(data):
                raise _corrupted(path, offset)
            yield data
            offset += _HEADER.size + length + _FOOTER.size


def encode_record(data: bytes) -> bytes:
    """One record as it stands in a file; any number of them in a row is a TFRecord file."""
    length = _LENGTH.pack(len(data))
    return b"".join((length, _FOOTER.pack(_masked_crc32c(length)), data, _FOOTER.pack(_masked_crc32c(data))))


class TfRecordWriter:
    """Writes records to a file, buffered. Not thread-safe. Use as a context manager, or call `close`.

    With `append` it goes on after the records of an existing file. A truncated record at its end, left by a full disk
    or a killed process, is cut off first: nothing after it could be read.

    Raises:
        DataLossError: `append`, and the file is no TFRecord file; it is left as it is.
        OSError: the file cannot be opened, or (from any method) written. `close` frees the file even then.
    """

    def __init__(self, path: Path, *, append: bool = False) -> None:
        if append and path.exists():
            end = _end_of_whole_records(path)
            if end < path.stat().st_size:
                os.truncate(path, end)
        self._file = path.open("ab" if append else "wb")

    def write(self, data: bytes) -> None:
        """Add one record."""
        self._file.write(encode_record(data))

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Write what is buffered and close the file; again is harmless."""
        self._file.close()

    def __enter__(self) -> TfRecordWriter:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _read_length(file: BinaryIO, path: Path, offset: int) -> int | None:
    """The data length of the record at `offset`, where `file` stands; None at the end of the file."""
    header = file.read(_HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise _truncated(path, offset)
    length, crc = _HEADER.unpack(header)
    if crc != _masked_crc32c(header[: _LENGTH.size]):
        raise _corrupted(path, offset)
    return int(length)


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    """The next `size` bytes, or fewer if the file ends before."""
    if size <= _MAX_READ_BYTES:
        return file.read(size)
    pieces: list[bytes] = []
    while size and (piece := file.read(min(size, _MAX_READ_BYTES))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _end_of_whole_records(path: Path) -> int:
    """Where the last record that is not truncated ends; raises DataLossError where a length is not one."""
    size = path.stat().st_size
    offset = 0
    with path.open("rb") as file:
        while size - offset >= _HEADER.size:
            file.seek(offset)
            length = _read_length(file, path, offset)
            end = offset + _HEADER.size + (length or 0) + _FOOTER.size
            if end > size:
                return offset
            offset = end
    if size and not offset:
        raise _truncated(path, offset)
    return offset


def _masked_crc32c(data: bytes) -> int:
    """The checksum as TFRecord stores it: rotated and moved, so that checksums of checksums stay good ones."""
    crc = int(google_crc32c.value(data))
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def _truncated(path: Path, offset: int) -> DataLossError:
    return DataLossError(f"truncated record at {offset} in {path}", hint=_HINT)


def _corrupted(path: Path, offset: int) -> DataLossError:
    question = " (Is this even a TFRecord file?)" if offset == 0 else ""
    return DataLossError(f"corrupted record at {offset}{question} in {path}", hint=_HINT)
