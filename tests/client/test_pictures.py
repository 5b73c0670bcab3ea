from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfsctl.client.pictures import PictureOptions, parse_size, read_picture
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.signature import TensorSpec

Shape = tuple[int, ...]


def wanted(shape: Shape | None, dtype: DataType = DataType.FLOAT) -> TensorSpec:
    return TensorSpec("x:0", dtype, shape)


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    """4 high, 6 wide: levels 0 to 230."""
    Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6) * 10).save(tmp_path / "grey.png")
    return tmp_path / "grey.png"


@pytest.fixture
def red(tmp_path: Path) -> Path:
    Image.new("RGB", (6, 4), (255, 0, 0)).save(tmp_path / "red.png")
    return tmp_path / "red.png"


@pytest.mark.parametrize(
    ("shape", "came"),
    [
        ((-1, 4, 6), (4, 6)),
        ((-1, 4, 6, 1), (4, 6, 1)),
        ((-1, 1, 4, 6), (1, 4, 6)),
        ((-1, -1, -1, 3), (4, 6, 3)),
        ((-1, -1, 3), (4, 6, 3)),
        ((4, 6, 1), (4, 6, 1)),
        ((-1, 24), (24,)),
        ((-1, -1), (24,)),
        (None, (4, 6, 3)),
    ],
)
def test_read_picture_takes_the_layout_of_the_signature(shape: Shape | None, came: Shape, grey: Path) -> None:
    pixels = read_picture(grey, wanted(shape), PictureOptions())
    assert pixels.shape == came
    assert pixels.ravel()[0] == 0
    assert pixels.ravel()[-1] == 230


def test_read_picture_of_strings_is_the_file(grey: Path) -> None:
    assert read_picture(grey, wanted((-1,), DataType.STRING), PictureOptions())[()] == grey.read_bytes()
    with pytest.raises(UsageError, match="as they are in their files") as caught:
        read_picture(grey, wanted((-1,), DataType.STRING), PictureOptions(resize=True))
    assert "--signature-name" in (caught.value.hint or "")


def test_read_picture_normalizes_and_inverts(grey: Path) -> None:
    pixels = read_picture(grey, wanted((-1, 4, 6)), PictureOptions(normalize=True, invert=True))
    assert pixels.dtype == np.float32
    assert pixels[0, 0] == 1.0
    assert pixels[3, 5] == np.float32(25) * np.float32(1 / 255)
    with pytest.raises(UsageError, match="--normalize makes floats"):
        read_picture(grey, wanted((-1, 4, 6), DataType.UINT8), PictureOptions(normalize=True))


def test_read_picture_resizes_to_the_signature_or_as_told(grey: Path) -> None:
    assert read_picture(grey, wanted((-1, 2, 3)), PictureOptions(resize=True)).shape == (2, 3)
    assert read_picture(grey, wanted((-1, 784)), PictureOptions(resize=True)).shape == (784,)
    assert read_picture(grey, wanted((-1, -1, -1, 3)), PictureOptions(size=(8, 2))).shape == (8, 2, 3)
    with pytest.raises(UsageError, match="pictures of any size"):
        read_picture(grey, wanted((-1, -1, -1, 3)), PictureOptions(resize=True))


@pytest.mark.parametrize(
    ("shape", "options", "hint"),
    [
        ((-1, 2, 3), PictureOptions(grayscale=True), "--resize makes it fit."),
        ((-1, 4, 6), PictureOptions(), "--grayscale makes it grey."),
        ((-1, 2, 3, 3), PictureOptions(size=(5, 5)), "Leave out --size and give --resize."),
    ],
)
def test_read_picture_that_does_not_fit_names_the_option(
    shape: Shape, options: PictureOptions, hint: str, red: Path
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read_picture(red, wanted(shape), options)
    assert caught.value.hint == hint


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_read_picture_of_any_mode_is_levels_of_8_bits(mode: str, tmp_path: Path) -> None:
    white = 65535 if mode == "I;16" else "white"
    Image.new(mode, (3, 3), white).save(tmp_path / "white.png")
    pixels = read_picture(tmp_path / "white.png", wanted((-1, 3, 3, 3), DataType.UINT8), PictureOptions())
    assert pixels.dtype == np.uint8
    assert pixels.shape == (3, 3, 3)
    assert pixels.min() == 255


def test_read_picture_puts_what_is_transparent_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "clear.png", wanted((-1, 2, 2, 3)), PictureOptions()).min() == 255


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(20)])
def test_read_picture_of_something_else_says_so(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(UsageError, match="no picture that can be read"):
        read_picture(tmp_path / "x.png", wanted((-1, 2, 2, 3)), PictureOptions())


@pytest.mark.parametrize("text", ["28", "0x3", "ax3", "28x", "-1x3"])
def test_parse_size_refuses_what_is_none(text: str) -> None:
    assert parse_size("28x30") == (28, 30)
    with pytest.raises(UsageError, match="not HEIGHTxWIDTH"):
        parse_size(text)
