"""Predict answers with their values in `tensor_content` (tensorflow-serving.md §2.5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tfsctl.codec.dtypes import to_numpy
from tfsctl.codec.predict_wire import serialize_predict_response_as_content
from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.data_type import DataType
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import PredictResponse

NUMBERS = [DataType.FLOAT, DataType.DOUBLE, DataType.INT64, DataType.UINT8, DataType.BOOL, DataType.HALF]


def answered(array: np.ndarray[Any, Any]) -> Any:
    """The tensor that a client finds in the answer."""
    spec = ModelSpec("m", version=3, signature_name="s")
    response = PredictResponse.FromString(serialize_predict_response_as_content({"y": array}, spec))
    assert (response.model_spec.name, response.model_spec.version.value) == ("m", 3)
    return response.outputs["y"]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_numbers_are_the_memory_of_the_array(dtype: DataType) -> None:
    array = np.array([[0, 1], [1, 1]], dtype=to_numpy(dtype))
    tensor = answered(array)
    assert tensor.tensor_content == array.tobytes()
    assert [field.name for field, _ in tensor.ListFields()] == ["dtype", "tensor_shape", "tensor_content"]
    assert (decode_tensor(tensor) == array).all()


@pytest.mark.parametrize("strings", [[b"a", b"", "ü".encode()], [b"x" * 300], [b""]])
def test_strings_are_their_lengths_and_their_bytes(strings: list[bytes]) -> None:
    tensor = answered(np.array(strings, dtype=object))
    assert not tensor.string_val
    assert tensor.tensor_content.endswith(b"".join(strings))
    assert decode_tensor(tensor).tolist() == strings


def test_nothing_at_all_has_no_content() -> None:
    tensor = answered(np.zeros((0, 3), np.float32))
    assert (tensor.tensor_content, decode_tensor(tensor).shape) == (b"", (0, 3))
