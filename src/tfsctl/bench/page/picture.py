"""Grey pictures as PNG, in the page itself."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator

from tfsctl.bench.truth import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS, _GREY = 8, 0


def data_uri(picture: Picture) -> str:
    """The picture as an `<img>` takes it. PNG is written by hand: four chunks need no library.

    Raises:
        ValueError: the number of pixels is not width times height.
    """
    if len(picture.pixels) != picture.width * picture.height:
        raise ValueError(f"{len(picture.pixels)} pixels are not {picture.width} by {picture.height}")
    return "data:image/png;base64," + base64.b64encode(b"".join(_png(picture))).decode()


def _png(picture: Picture) -> Iterator[bytes]:
    rows = range(0, len(picture.pixels), picture.width or 1)
    # Before each row stands the filter it went through: 0, none.
    lines = b"".join(b"\0" + picture.pixels[row : row + picture.width] for row in rows)
    yield _SIGNATURE
    yield _chunk(b"IHDR", struct.pack(">IIBBBBB", picture.width, picture.height, _BITS, _GREY, 0, 0, 0))
    yield _chunk(b"IDAT", zlib.compress(lines, 9))
    yield _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
