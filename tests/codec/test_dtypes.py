from __future__ import annotations

import numpy as np
import pytest

from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError

WITHOUT_VALUES = {DataType.INVALID, DataType.RESOURCE, DataType.VARIANT}


@pytest.mark.parametrize("data_type", [dtype for dtype in DataType if dtype not in WITHOUT_VALUES])
def test_from_numpy_of_to_numpy_is_the_same_type(data_type: DataType) -> None:
    assert from_numpy(to_numpy(data_type)) is data_type


@pytest.mark.parametrize("data_type", sorted(WITHOUT_VALUES))
def test_to_numpy_of_a_type_without_values_is_refused(data_type: DataType) -> None:
    with pytest.raises(InvalidArgumentError, match=data_type.tf_name):
        to_numpy(data_type)


@pytest.mark.parametrize(
    ("spelling", "data_type"),
    [(">f4", DataType.FLOAT), (">i8", DataType.INT64), ("S3", DataType.STRING), ("U2", DataType.STRING)],
)
def test_from_numpy_of_other_spellings_finds_the_type(spelling: str, data_type: DataType) -> None:
    assert from_numpy(np.dtype(spelling)) is data_type


def test_from_numpy_of_a_foreign_type_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="datetime64"):
        from_numpy(np.dtype("datetime64[s]"))
