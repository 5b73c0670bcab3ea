"""The index of variables, read without TensorFlow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tfsctl.data_type import DataType
from tfsctl.errors import DataLossError
from tfsctl.tensor_bundle import read_tensor_bundle


def test_tensors_have_types_shapes_and_places(zoo: Path) -> None:
    directory = zoo / "half_plus_two/1/variables"
    bundle = read_tensor_bundle(directory / "variables.index")
    variable = bundle.tensors["Variable"]
    assert (variable.dtype, variable.shape, variable.num_bytes) == (DataType.FLOAT, (), 4)
    assert "filename" in bundle.keys
    assert (bundle.num_shards, bundle.ends) == (1, {0: (directory / "variables.data-00000-of-00001").stat().st_size})


@pytest.mark.parametrize("size", [0, 47, 48, 100, -1])
def test_a_truncated_index_is_lost_data(zoo: Path, tmp_path: Path, size: int) -> None:
    index = Path(shutil.copy(zoo / "cnn/1/variables/variables.index", tmp_path))
    index.write_bytes(index.read_bytes()[:size])
    with pytest.raises(DataLossError, match="truncated or no index"):
        read_tensor_bundle(index)
