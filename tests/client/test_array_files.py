from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tfsctl.client.array_files import read_arrays, read_lines, read_table
from tfsctl.client.input_check import Shape
from tfsctl.data_type import DataType
from tfsctl.errors import UsageError
from tfsctl.signature import Signature, TensorSpec


def signature(**inputs: tuple[DataType, Shape | None]) -> Signature:
    specs = {alias: TensorSpec(f"{alias}:0", dtype, shape) for alias, (dtype, shape) in inputs.items()}
    return Signature(name="serving_default", inputs=specs, outputs={})


FLOWERS = signature(x=(DataType.FLOAT, (-1, 4)))
PAIR = signature(a=(DataType.FLOAT, (-1,)), b=(DataType.STRING, (-1, 1)))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text", ["1,2,3,4\n5,6,7,8.5\n", "w;x;y;z\n1;2;3;4\n5;6;7;8.5", "\ufeff1\t2\t3\t4\n5\t6\t7\t8.5\n\n"]
)
def test_read_table_is_the_only_input(text: str, tmp_path: Path) -> None:
    array = read_table(write(tmp_path / "t.csv", text), FLOWERS)["x"]
    np.testing.assert_array_equal(array, [[1, 2, 3, 4], [5, 6, 7, 8.5]])


def test_read_table_names_inputs_and_gives_them_their_shapes(tmp_path: Path) -> None:
    arrays = read_table(write(tmp_path / "t.csv", 'b,a\n"x, y",1\n2,2.5\n'), PAIR)
    assert arrays["b"].tolist() == [["x, y"], ["2"]]
    assert arrays["a"].tolist() == [1.0, 2.5]


def test_read_table_makes_pictures_of_rows(tmp_path: Path) -> None:
    array = read_table(write(tmp_path / "t.csv", "1,2,3,4\n"), signature(x=(DataType.UINT8, (-1, 2, 2, 1))))["x"]
    assert array.shape == (1, 2, 2, 1)
    assert array.dtype == np.int64


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("1,2,3,4\n5,6\n", FLOWERS, "row 2 has 2 cells, the first row has 4"),
        ("1,2,3,4\n5,6,seven,8\n", FLOWERS, "row 2: 'seven' is not a number"),
        ("", FLOWERS, "has no rows"),
        ("a,b\n", PAIR, "has no rows"),
        ("1,2\n", PAIR, "does not say which column is which input"),
    ],
)
def test_read_table_of_something_else_says_where(text: str, wanted: Signature, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        read_table(write(tmp_path / "t.csv", text), wanted)


def test_read_lines_are_strings(tmp_path: Path) -> None:
    assert read_lines(write(tmp_path / "t.txt", "one\n\nthrée\n")).tolist() == ["one", "", "thrée"]
    with pytest.raises(UsageError, match="is empty"):
        read_lines(write(tmp_path / "t.txt", ""))


def test_read_arrays_never_unpickles(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", x=np.array([{}], dtype=object))
    with pytest.raises(UsageError, match="Object arrays are not loaded") as caught:
        read_arrays(tmp_path / "t.npz")
    assert caught.value.hint is not None
