"""Inputs that are pictures, as small grey ones."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfsctl.bench.truth import Picture

_SMALLEST_SIDE = 4
# A flat row of 64 numbers may be anything; one of 784 is likely to be a picture.
_SMALLEST_FLAT_SIDE = 16
_LARGEST_SIDE = 2048
_DRAWN_SIDE = 64
_CHANNELS = {1, 3, 4}


def to_picture(inputs: Mapping[str, Any], row: int, *, num_rows: int) -> Picture | None:
    """The first of the inputs that is a picture, drawn no larger than 64 pixels; None if none is.

    A picture is a row of [height, width], with channels first or last or without, of a square number of values, or of
    the bytes of a file. `row` is that of the request, which has `num_rows`.
    """
    for value in inputs.values():
        array = np.asarray(value)
        values = array[row] if array.ndim and len(array) == num_rows else array
        levels = _levels(values)
        if levels is not None:
            return _drawn(_scaled(levels))
    return None


def _levels(values: Any) -> np.ndarray | None:
    """[height, width] of float32, or None if it is no picture."""
    if isinstance(values, bytes) or (isinstance(values, np.ndarray) and values.dtype == object):
        return _encoded_levels(values if isinstance(values, bytes) else values.ravel()[:1].tolist())
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biufV" or values.dtype.names:
        return None
    pixels = _plane(values)
    if pixels is None or min(pixels.shape) < _SMALLEST_SIDE or max(pixels.shape) > _LARGEST_SIDE:
        return None
    return np.nan_to_num(pixels.astype(np.float32), posinf=0.0, neginf=0.0)


def _plane(values: np.ndarray) -> np.ndarray | None:
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    if values.ndim == 3:
        axis = 2 if values.shape[2] in _CHANNELS else 0
        if values.shape[axis] not in _CHANNELS:
            return None
        colours = values.take(range(min(3, values.shape[axis])), axis=axis).astype(np.float32)
        return np.asarray(colours.mean(axis=axis))
    if values.ndim == 1:
        side = math.isqrt(len(values))
        is_square = side * side == len(values) and side >= _SMALLEST_FLAT_SIDE
        return values.reshape(side, side) if is_square else None
    return values if values.ndim == 2 else None


def _encoded_levels(content: bytes | list[Any]) -> np.ndarray | None:
    from tfsctl.client.pictures import load_picture
    from tfsctl.errors import UsageError

    data = content if isinstance(content, bytes) else next(iter(content), b"")
    if not isinstance(data, bytes) or len(data) < 8:
        return None
    try:
        return np.asarray(load_picture(io.BytesIO(data)).convert("L"), dtype=np.float32)
    except UsageError:
        return None


def _scaled(pixels: np.ndarray) -> np.ndarray:
    """0 to 255: as they are, from 0.0 to 1.0, or from the lowest to the highest where some are below 0."""
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0.0:
        return (pixels - low) * (255.0 / (high - low)) if high > low else pixels * 0.0
    return pixels * (255.0 / (1.0 if high <= 1.0 else max(high, 255.0)))


def _drawn(pixels: np.ndarray) -> Picture:
    step = max(1, math.ceil(max(pixels.shape) / _DRAWN_SIDE))
    if step > 1:
        height, width = pixels.shape
        padded = np.pad(pixels, ((0, -height % step), (0, -width % step)), mode="edge")
        pixels = padded.reshape(len(padded) // step, step, -1, step).mean(axis=(1, 3))
    grey = np.rint(pixels).clip(0, 255).astype(np.uint8)
    return Picture(width=grey.shape[1], height=grey.shape[0], pixels=grey.tobytes())
