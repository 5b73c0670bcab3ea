"""Arrays of strings as TensorFlow's string tensors, and back.

A string tensor is an array of `TF_TString`, 24 bytes each: up to 22 bytes of text stand in it, longer text lies outside
and is copied whenever TensorFlow copies the string. For a tensor of ours one block of memory holds the strings and,
behind them, the longer texts. TensorFlow frees the block as a whole and never looks into it to free or change a single
string: it does that only with memory that it allocated itself. So a tensor may live on in a table or a queue.
"""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np

from tfsctl.data_type import DataType
from tfsctl.errors import ResourceExhaustedError, UnimplementedError
from tfsctl.runtime._library import Library
from tfsctl.runtime._run_arguments import to_bytes

_SIZE = 24
_MAX_SMALL = 22
_ALIGNMENT = 64
# The lowest two bits of a string say what it is; these are the two kinds that we write.
_SMALL, _LARGE, _KINDS = 0, 1, 3
_LARGE_STRING = struct.Struct("<QQQ")  # size and kind, capacity, address


class StringTensors:
    """Makes string tensors of arrays and arrays of string tensors. Safe in any thread."""

    def __init__(self, library: Library) -> None:
        """Raises UnimplementedError if this TensorFlow lays strings out in another way."""
        self._ffi, self._lib, self._system = library.ffi, library.lib, library.system
        # `free` ignores the two further arguments that TensorFlow calls it with.
        self._free = self._ffi.cast("void (*)(void*, size_t, void*)", self._ffi.addressof(self._system, "free"))
        self._check_layout()

    def to_tensor(self, array: np.ndarray[Any, Any]) -> Any:
        """A new tensor with the strings of `array`: of `bytes`, or of `str`, which is encoded as UTF-8."""
        texts = [to_bytes(text) for text in array.ravel().tolist()]
        num_bytes = len(texts) * _SIZE + sum(len(text) + 1 for text in texts if len(text) > _MAX_SMALL)
        rounded = -(-max(num_bytes, 1) // _ALIGNMENT) * _ALIGNMENT
        block = self._ffi.cast("char*", self._system.aligned_alloc(_ALIGNMENT, rounded))
        if not block:
            raise ResourceExhaustedError(f"No memory for {num_bytes} bytes of strings.")
        self._write(block, texts)
        return self._lib.TF_NewTensor(
            DataType.STRING, array.shape, array.ndim, block, rounded, self._free, self._ffi.NULL
        )

    def to_array(self, tensor: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """An object array of `bytes` with the strings of `tensor`, which stays the caller's."""
        data = self._ffi.cast("char*", self._lib.TF_TensorData(tensor))
        num_bytes = math.prod(shape) * _SIZE
        raw = self._ffi.buffer(data, num_bytes)[:] if num_bytes else b""
        texts = np.empty(math.prod(shape), object)
        for index, start in enumerate(range(0, num_bytes, _SIZE)):
            first = raw[start]
            if first & _KINDS == _SMALL:
                texts[index] = raw[start + 1 : start + 1 + (first >> 2)]
            else:
                texts[index] = self._read(self._ffi.cast("TF_TString*", data + start))
        return texts.reshape(shape)

    def _write(self, block: Any, texts: list[bytes]) -> None:
        address = int(self._ffi.cast("uintptr_t", block))
        position = len(texts) * _SIZE
        strings = []
        for text in texts:
            size = len(text)
            if size <= _MAX_SMALL:
                strings.append(bytes((size << 2 | _SMALL,)) + text.ljust(_SIZE - 1, b"\0"))
                continue
            strings.append(_LARGE_STRING.pack(size << 2 | _LARGE, size, address + position))
            self._ffi.memmove(block + position, text + b"\0", size + 1)
            position += size + 1
        self._ffi.memmove(block, b"".join(strings), len(texts) * _SIZE)

    def _read(self, string: Any) -> bytes:
        size = self._lib.TF_StringGetSize(string)
        return bytes(self._ffi.buffer(self._lib.TF_StringGetDataPointer(string), size))

    def _check_layout(self) -> None:
        """Compare a short and a long string of TensorFlow's own making with what is written and read here."""
        string = self._ffi.new("TF_TString*")
        raw = self._ffi.buffer(string)
        for text in (b"x" * _MAX_SMALL, b"x" * (_MAX_SMALL + 1)):
            self._lib.TF_StringInit(string)
            self._lib.TF_StringCopy(string, text, len(text))
            size, _, address = _LARGE_STRING.unpack(raw)
            is_small = raw[:] == bytes((len(text) << 2,)) + text + b"\0"
            data = int(self._ffi.cast("uintptr_t", self._lib.TF_StringGetDataPointer(string)))
            is_large = (size, address) == (len(text) << 2 | _LARGE, data)
            self._lib.TF_StringDealloc(string)
            if not (is_small if len(text) <= _MAX_SMALL else is_large):
                raise UnimplementedError(
                    "This version of TensorFlow lays strings out in memory in a way that is not known here.",
                    hint="Use the other runtime: --runtime python.",
                )
