"""Pictures as the arrays that a signature wants. Needs Pillow, which is loaded when the first picture is read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from tfsctl.client.input_check import describe, show_shape
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from tfsctl.signature import TensorSpec

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_CHANNELS = {mode: channels for channels, mode in _MODES.items()}
_FLOATS = {DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16}


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureOptions:
    """What is done to a picture, in this order.

    Attributes:
        grayscale: Colours become levels of grey.
        resize: It gets the height and width that the signature wants.
        size: Height and width that it gets instead.
        invert: Black becomes white, and white black.
        normalize: Levels 0 to 255 become 0.0 to 1.0.
    """

    grayscale: bool = False
    resize: bool = False
    size: tuple[int, int] | None = None
    invert: bool = False
    normalize: bool = False

    @property
    def is_any(self) -> bool:
        """Whether a picture is changed at all."""
        return self != PictureOptions()


class _Layout(NamedTuple):
    """How a signature wants one picture; -1 and None are any size."""

    height: int
    width: int
    channels: int
    is_flat: bool = False
    has_channels: bool = True
    channels_first: bool = False


def parse_size(text: str) -> tuple[int, int]:
    """Height and width from `28x28`; UsageError for anything else."""
    matched = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text.strip(), re.IGNORECASE)
    if matched is None:
        raise UsageError(f"Invalid value for --size: '{text}' is not HEIGHTxWIDTH.", hint="Such as: --size 28x28.")
    return int(matched[1]), int(matched[2])


def read_picture(path: Path, spec: TensorSpec, options: PictureOptions) -> np.ndarray:
    """One picture as one example, without the dimension of the batch.

    Where the input takes strings, these are the bytes of the file as they are. Else the pixels: 0 to 255, or 0.0 to 1.0
    with `normalize` (the level times 1/255 in float32, as for tfsctl's own mnist), in the layout of the signature:
    height, width and channels, channels first, without channels, or flat row by row.

    Raises:
        UsageError: no such file, not a picture, or an option that does not go with the input.
        InvalidArgumentError: the picture does not fit the signature; the hint names the option that makes it fit.
    """
    import numpy as np

    if spec.dtype is DataType.STRING:
        return _encoded(path, options)
    if options.normalize and spec.dtype not in _FLOATS:
        raise UsageError(f"--normalize makes floats, but the input takes {describe(spec)}.", hint="Leave it out.")
    picture = load_picture(path)
    layout = _layout(spec, picture, options)
    picture = _resized(_with_channels(picture, layout, path, options), layout, path, options)
    pixels = changed_levels(np.asarray(picture), invert=options.invert, normalize=options.normalize)
    return _laid_out(pixels, layout)


def changed_levels(levels: np.ndarray, *, invert: bool, normalize: bool) -> np.ndarray:
    """Levels from 0 to 255 after these two of `PictureOptions`."""
    import numpy as np

    if invert:
        levels = 255 - levels
    return levels.astype(np.float32) * np.float32(1.0 / 255.0) if normalize else levels


def load_picture(path: Path | IO[bytes]) -> Image.Image:
    """The picture in a file (its path, or opened), the right way up, of mode L, RGB or RGBA.

    Raises UsageError if it cannot be read, or Pillow is missing.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise UsageError("Pictures need Pillow.", hint="pip install 'tfsctl[images]'") from error
    try:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened)
            picture.load()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"{path} is no picture that can be read: {error}.") from error
    return _plain(picture)


def _plain(picture: Image.Image) -> Image.Image:
    """Levels of 8 bits; palettes resolved, black and white and 16 bits as levels of grey."""
    if picture.mode in _CHANNELS:
        return picture
    if picture.mode.startswith("I;16"):
        import numpy as np
        from PIL import Image

        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode in {"LA", "PA"} or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode in {"1", "I", "F"} else "RGB")


def _encoded(path: Path, options: PictureOptions) -> np.ndarray:
    import numpy as np

    if options.is_any:
        raise UsageError(
            "The input takes pictures as they are in their files, and the model decodes them.",
            hint="Leave out --normalize, --resize, --size, --grayscale and --invert; or name a signature that takes"
            " numbers with --signature-name (`tfsctl metadata` shows them all).",
        )
    example = np.empty((), dtype=object)
    try:
        example[()] = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
    return example


def example_shape(spec: TensorSpec) -> tuple[int, ...] | None:
    """The shape of one example: that of the signature without the batch, if it has one."""
    shape = spec.shape
    if shape is None:
        return None
    is_picture_alone = len(shape) == 3 and shape[2] in _MODES and (shape[0] >= 0 or shape[1] < 0)
    if not shape or is_picture_alone:
        return shape
    return shape[1:] if shape[0] < 0 or len(shape) == 4 or shape[0] == 1 else shape


def _layout(spec: TensorSpec, picture: Image.Image, options: PictureOptions) -> _Layout:
    shape = example_shape(spec)
    if shape is None:
        return _Layout(-1, -1, -1)
    if len(shape) == 3:
        if shape[0] in _MODES and shape[2] not in _MODES:
            return _Layout(shape[1], shape[2], shape[0], channels_first=True)
        return _Layout(*shape)
    if len(shape) == 2:
        return _Layout(shape[0], shape[1], 1, has_channels=False)
    if len(shape) == 1:
        return _flat_layout(shape[0], picture, options)
    raise InvalidArgumentError(f"The input takes {describe(spec)}, which is no picture.")


def _flat_layout(length: int, picture: Image.Image, options: PictureOptions) -> _Layout:
    """A row of so many values is a square picture, unless its size is said or is the picture's own."""
    for height, width in filter(None, (options.size, (picture.height, picture.width))):
        channels = length // (height * width)
        if channels in _MODES and channels * height * width == length:
            return _Layout(height, width, channels, is_flat=True)
    for channels in (1, 3):
        side = math.isqrt(max(length, 0) // channels)
        if length > 0 and side * side * channels == length:
            return _Layout(side, side, channels, is_flat=True)
    return _Layout(-1, -1, 1 if options.grayscale else -1, is_flat=True)


def _with_channels(picture: Image.Image, layout: _Layout, path: Path, options: PictureOptions) -> Image.Image:
    if picture.mode == "RGBA" and layout.channels != 4:
        picture = _on_white(picture)
    if layout.channels == 1 and picture.mode != "L" and not options.grayscale:
        raise InvalidArgumentError(
            f"{path} has colours, and the input takes one level per pixel.", hint="--grayscale makes it grey."
        )
    if options.grayscale:
        picture = picture.convert("L")
    mode = _MODES.get(layout.channels)
    if mode is None and layout.channels >= 0:
        raise InvalidArgumentError(f"The input takes pictures of {layout.channels} channels, which {path} is not.")
    if mode is not None:
        return picture.convert(mode)
    return picture if options.grayscale or layout.is_flat else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    from PIL import Image

    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def _resized(picture: Image.Image, layout: _Layout, path: Path, options: PictureOptions) -> Image.Image:
    from PIL import Image

    if options.resize and options.size is None and layout.height < 0:
        raise UsageError("The signature takes pictures of any size: --resize does not know which.", hint="--size HxW.")
    own = (picture.height, picture.width)
    wanted = (layout.height, layout.width)
    target = options.size or tuple(w if w >= 0 and options.resize else o for w, o in zip(wanted, own, strict=True))
    if any(w not in {-1, t} for w, t in zip(wanted, target, strict=True)):
        raise InvalidArgumentError(
            f"{path} is {target[0]}x{target[1]} (height x width), and the input takes {show_shape(wanted)}.",
            hint="Leave out --size and give --resize." if options.size else "--resize makes it fit.",
        )
    return picture if target == own else picture.resize((target[1], target[0]), Image.Resampling.LANCZOS)


def _laid_out(pixels: np.ndarray, layout: _Layout) -> np.ndarray:
    if layout.is_flat:
        return pixels.reshape(-1)
    if not layout.has_channels:
        return pixels
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    return pixels.transpose(2, 0, 1) if layout.channels_first else pixels
