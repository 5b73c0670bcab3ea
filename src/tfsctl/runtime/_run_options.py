"""RunOptions for one run: its deadline, or that it is to run in the calling thread."""

from __future__ import annotations

from typing import Any

from tfsctl.runtime._library import Library
from tfsctl.runtime._run_arguments import timeout_in_ms

# RunOptions.inter_op_thread_pool = -1: field 3, a varint.
_IN_CALLING_THREAD = b"\x18" + b"\xff" * 9 + b"\x01"
_TIMEOUT_IN_MS = b"\x10"  # field 2, a varint


class RunOptions:
    """Serialized RunOptions, made once and kept: a deadline is rounded up to three digits, so there are few of them."""

    def __init__(self, library: Library) -> None:
        self._ffi = library.ffi
        self.none = library.ffi.NULL
        self._kept: dict[int, tuple[Any, Any]] = {}
        self._calling_thread = self._buffer(_IN_CALLING_THREAD)
        self.in_calling_thread = self._calling_thread[0]

    def on_pool(self, timeout_seconds: float | None) -> Any:
        """To run in TensorFlow's threads, for so long; raises DeadlineExceededError if no time is left."""
        if timeout_seconds is None:
            return self.none
        milliseconds = _rounded_up(timeout_in_ms(timeout_seconds))
        kept = self._kept.get(milliseconds)
        if kept is None:
            kept = self._kept[milliseconds] = self._buffer(_TIMEOUT_IN_MS + _varint(milliseconds))
        return kept[0]

    def _buffer(self, serialized: bytes) -> tuple[Any, Any]:
        """A TF_Buffer, and the memory that it points to."""
        data = self._ffi.from_buffer(serialized)
        buffer = self._ffi.new("TF_Buffer*", {"data": self._ffi.cast("void*", data), "length": len(serialized)})
        return buffer, data


def _rounded_up(milliseconds: int) -> int:
    """Three digits are enough for a deadline, and it must not come early."""
    unit: int = 10 ** max(0, len(str(milliseconds)) - 3)
    return -(-milliseconds // unit) * unit


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
