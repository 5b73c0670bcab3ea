"""Pictures in characters, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_BLOCKS = " ░▒▓█"
_ASCII = " .:+#"
_WIDEST = 80
_MAX_PICTURES = 4


def draw_inputs(arrays: Mapping[str, np.ndarray], *, width: int, encoding: str | None) -> list[str]:
    """A drawing for each of the first pictures in the inputs, and a line that says what is not drawn.

    A picture is a row of a square number of values, or [height, width] with or without channels, or a file's bytes.
    High values are full. Each pixel is two columns wide, for a character is twice as high as wide; what is wider than
    `width` or 80 columns is made smaller.
    """
    shades = _BLOCKS if _can_encode(_BLOCKS, encoding) else _ASCII
    drawings = []
    num_left_out = 0
    for array in arrays.values():
        rows = array if array.ndim else array[None]
        shown = [picture for row in rows[:_MAX_PICTURES] if (picture := _levels(row)) is not None]
        num_left_out += len(rows) - len(shown)
        drawings += [_drawn(picture, shades, min(width, _WIDEST) // 2) for picture in shown]
    if num_left_out:
        drawings.append(f"({num_left_out} more not drawn)" if drawings else "(nothing in the inputs is a picture)")
    return drawings


def _can_encode(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _levels(row: np.ndarray | bytes) -> np.ndarray | None:
    """[height, width] from 0 to 1, or None if it is no picture."""
    import numpy as np

    if isinstance(row, bytes):
        return _encoded_levels(row)
    if row.dtype.kind not in "biufV" or row.dtype.names or row.size < 4:
        return None
    pixels = np.nan_to_num(row.astype(np.float32), posinf=0.0, neginf=0.0)
    if pixels.ndim == 3:
        axis = 2 if pixels.shape[2] in {1, 3, 4} else 0
        if pixels.shape[axis] not in {1, 3, 4}:
            return None
        pixels = pixels.take(range(min(3, pixels.shape[axis])), axis=axis).mean(axis=axis)
    elif pixels.ndim == 1:
        side = math.isqrt(len(pixels))
        if side * side != len(pixels):
            return None
        pixels = pixels.reshape(side, side)
    return _scaled(pixels) if pixels.ndim == 2 else None


def _encoded_levels(content: bytes) -> np.ndarray | None:
    import io

    import numpy as np

    from tfsctl.client.pictures import load_picture
    from tfsctl.errors import UsageError

    try:
        return np.asarray(load_picture(io.BytesIO(content)).convert("L"), dtype=np.float32) / 255.0
    except UsageError:
        return None


def _scaled(pixels: np.ndarray) -> np.ndarray:
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0.0:
        return (pixels - low) / (high - low) if high > low else pixels * 0.0
    return pixels / (1.0 if high <= 1.0 else max(high, 255.0))


def _drawn(pixels: np.ndarray, shades: str, max_width: int) -> str:
    step = max(1, math.ceil(pixels.shape[1] / max(1, max_width)))
    if step > 1:
        pixels = _smaller(pixels, step)
    levels = (pixels * len(shades)).astype(int).clip(0, len(shades) - 1)
    return "\n".join("".join(shades[level] * 2 for level in line).rstrip() for line in levels.tolist())


def _smaller(pixels: np.ndarray, step: int) -> np.ndarray:
    """Each square of `step` pixels as their mean; the edge is repeated where the last squares are not full."""
    import numpy as np

    height, width = pixels.shape
    padded = np.pad(pixels, ((0, -height % step), (0, -width % step)), mode="edge")
    means: np.ndarray = padded.reshape(len(padded) // step, step, -1, step).mean(axis=(1, 3))
    return means
