"""Reads the index of a checkpoint, `variables.index`, without TensorFlow.

It is a sorted table of strings in blocks: a footer of 48 bytes says where the index block is, which says where the
data blocks are. The entry of the empty key is a header; every other key is a tensor, and its entry says what it is and
in which shard its bytes lie. See TensorFlow's tensor_bundle.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tfsctl.data_type import DataType
from tfsctl.errors import DataLossError, UnimplementedError
from tfsctl.protos import stand_in_for_tensorflow

_FOOTER_BYTES = 48
_MAGIC = 0xDB4775248B80FB57
_TRAILER_BYTES = 5  # After each block: how it is compressed, and a checksum.
_UNCOMPRESSED = 0
_UINT32 = struct.Struct("<I")
_UINT64 = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class SavedTensor:
    """One tensor of a checkpoint.

    Attributes:
        dtype: Its type.
        shape: Its shape.
        num_bytes: What its values take in the data files; 0 for a tensor that is saved in slices, as entries of their
            own.
        shard: The number of the data file.
        end: The byte of it up to which this tensor goes.
    """

    dtype: DataType
    shape: tuple[int, ...]
    num_bytes: int
    shard: int
    end: int


@dataclass(frozen=True, slots=True)
class TensorBundle:
    """What an index says: how many data files there are, and the tensors by name, sorted."""

    num_shards: int
    tensors: Mapping[str, SavedTensor]

    @property
    def keys(self) -> frozenset[str]:
        """The names of everything that was saved."""
        return frozenset(self.tensors)

    @property
    def ends(self) -> Mapping[int, int]:
        """By the number of a data file: the byte up to which it is used."""
        ends: dict[int, int] = {}
        for tensor in self.tensors.values():
            ends[tensor.shard] = max(ends.get(tensor.shard, 0), tensor.end)
        return ends


def read_tensor_bundle(index: Path) -> TensorBundle:
    """Read the index file at `index`.

    Raises:
        DataLossError: it is truncated, or no index.
        UnimplementedError: it is compressed, which TensorFlow never does to it.
        OSError: it cannot be read.
    """
    from google.protobuf.message import DecodeError

    with stand_in_for_tensorflow():
        messages = import_module("tensorflow.core.protobuf.tensor_bundle_pb2")
    try:
        return _bundle(dict(_table(index.read_bytes())), messages)
    except (DecodeError, IndexError, KeyError, ValueError, struct.error) as error:
        raise DataLossError(f"{index} is truncated or no index of variables.") from error


def _bundle(table: dict[bytes, bytes], messages: Any) -> TensorBundle:
    header = messages.BundleHeaderProto.FromString(table.pop(b""))
    tensors = {
        # The key of a slice has the bytes of its place in it.
        key.decode("utf-8", "backslashreplace"): _tensor(messages.BundleEntryProto.FromString(value))
        for key, value in table.items()
    }
    return TensorBundle(num_shards=header.num_shards, tensors=tensors)


def _tensor(entry: Any) -> SavedTensor:
    return SavedTensor(
        dtype=DataType.of(entry.dtype),
        shape=tuple(dimension.size for dimension in entry.shape.dim),
        num_bytes=entry.size,
        shard=entry.shard_id,
        end=entry.offset + entry.size,
    )


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(data) < _FOOTER_BYTES or _UINT64.unpack(data[-_UINT64.size :])[0] != _MAGIC:
        raise ValueError("no footer")
    # The place of the meta index comes first; it is of no use here.
    offset, size = _handle(data[-_FOOTER_BYTES:], skip=1)
    for _, handle in _block(data, offset, size):
        yield from _block(data, *_handle(handle))


def _handle(data: bytes, *, skip: int = 0) -> tuple[int, int]:
    """The offset and the size of a block, after `skip` others."""
    position = 0
    offset = size = 0
    for _ in range(skip + 1):
        offset, position = _varint(data, position)
        size, position = _varint(data, position)
    return offset, size


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of a block. A key is stored as what differs from the one before."""
    if offset + size + _TRAILER_BYTES > len(data):
        raise ValueError("a block ends after the file")
    if data[offset + size] != _UNCOMPRESSED:
        raise UnimplementedError("The index is compressed.")
    block = data[offset : offset + size]
    num_restarts = _UINT32.unpack(block[-_UINT32.size :])[0]
    end = size - _UINT32.size * (num_restarts + 1)
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        unshared, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
