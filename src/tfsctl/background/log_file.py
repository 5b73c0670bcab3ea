"""Read what a server writes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tfsctl.disk import disk_errors

_WAKE_SECONDS = 0.1
_BLOCK_BYTES = 1 << 16


def log_lines(path: Path, *, num_lines: int | None = None, is_alive: Callable[[], bool] | None = None) -> Iterator[str]:
    """The lines of a log without their ends: all of them, or the last `num_lines`.

    With `is_alive`, which tells whether the server still writes, also those that come, until it does no more.

    Raises as `tfsctl.disk.disk_errors` does.
    """
    with disk_errors(path), path.open("rb") as file:
        if num_lines is not None:
            file.seek(_start_of_last(file, num_lines))
        begun = b""
        while True:
            goes_on = is_alive is not None and is_alive()  # Before reading: what it wrote last is read then.
            for piece in file:
                begun += piece
                if begun.endswith(b"\n"):
                    yield _text(begun)
                    begun = b""
            if not goes_on:
                break
            time.sleep(_WAKE_SECONDS)
        if begun:
            yield _text(begun)


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")


def _start_of_last(file: io.BufferedReader, num_lines: int) -> int:
    """Where the last `num_lines` lines begin; a last line that is not complete counts."""
    end = position = file.seek(0, io.SEEK_END)
    if num_lines == 0:
        return end
    num_ends = num_lines  # Line feeds to pass over, the last one of the file aside.
    while position > 0:
        size = min(_BLOCK_BYTES, position)
        position -= size
        file.seek(position)
        block = file.read(size)
        at = size - 1 if position + size == end else size
        while (at := block.rfind(b"\n", 0, at)) >= 0:
            num_ends -= 1
            if num_ends == 0:
                return position + at + 1
    return 0
