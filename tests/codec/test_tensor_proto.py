"""TensorProto both ways. The rules of decoding were compared with TensorFlow's own `parse_tensor`."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.codec.tensor_fields import FIELDS
from tfsctl.codec.tensor_proto import decode_inputs, decode_tensor, encode_tensor
from tfsctl.codec.tensor_wire import content_bytes, tensor_bytes
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, TfsctlError
from tfsctl.protos import TensorProto

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def proto(dtype: int, sizes: list[int] | None = None, **fields: Any) -> Any:
    message = TensorProto(dtype=dtype, **fields)
    if sizes is not None:
        message.tensor_shape.SetInParent()
        for size in sizes:
            message.tensor_shape.dim.add(size=size)
    return message


FLOAT, INT32, STRING = int(DataType.FLOAT), int(DataType.INT32), int(DataType.STRING)

DECODED: list[tuple[Any, Any]] = [
    (proto(FLOAT, float_val=[2.5]), 2.5),  # No shape: a scalar.
    (proto(FLOAT, [], float_val=[2.5, 9]), 2.5),
    (proto(FLOAT, [3], float_val=[1, 2, 3]), [1, 2, 3]),
    (proto(FLOAT, [2, 2], float_val=[1, 2]), [[1, 2], [2, 2]]),
    (proto(FLOAT, [3]), [0, 0, 0]),
    (proto(FLOAT, [1], float_val=[1, 2, 3]), [1]),
    (proto(FLOAT, [0, 3], float_val=[1]), []),
    (proto(FLOAT, [2], double_val=[1.0]), [0, 0]),  # Another type's field.
    (proto(FLOAT, [2], float_val=[9], tensor_content=np.array([1, 2], dtype="<f4").tobytes()), [1, 2]),
    (proto(FLOAT, [0], tensor_content=b"xyz"), []),
    (proto(int(DataType.DOUBLE), [1], double_val=[0.1]), [0.1]),
    (proto(INT32, [2], int_val=[-1, 2**31 - 1]), [-1, 2**31 - 1]),
    (proto(int(DataType.INT8), [2], int_val=[300, -129]), [44, 127]),
    (proto(int(DataType.UINT8), [2], int_val=[-1, 256]), [255, 0]),
    (proto(int(DataType.UINT16), [1], int_val=[70000]), [4464]),
    (proto(int(DataType.INT4), [2], int_val=[7, -8]), [7, -8]),
    (proto(int(DataType.QINT8), [2], int_val=[3, 300]), [(3,), (44,)]),
    (proto(int(DataType.HALF), [2], half_val=[0x3C00, 0x13C00]), [1, 1]),
    (proto(int(DataType.BFLOAT16), [1], half_val=[0x4049]), [3.140625]),
    (proto(int(DataType.COMPLEX64), [2], scomplex_val=[1, 2, 3]), [1 + 2j, 1 + 2j]),
    (proto(int(DataType.COMPLEX128), [1], dcomplex_val=[1, 2]), [1 + 2j]),
    (proto(int(DataType.BOOL), [3], bool_val=[True, False]), [True, False, False]),
    (proto(int(DataType.BOOL), [2], tensor_content=b"\2\0"), [True, False]),
    (proto(int(DataType.INT64), [1], int64_val=[-(2**63)]), [-(2**63)]),
    (proto(int(DataType.UINT32), [1], uint32_val=[2**32 - 1]), [2**32 - 1]),
    (proto(int(DataType.UINT64), [1], uint64_val=[2**64 - 1]), [2**64 - 1]),
    (proto(int(DataType.FLOAT8_E5M2), [2], float8_val=b"\x3c"), [1, 1]),
    (proto(STRING, [3], string_val=[b"a\xff", b"b"]), [b"a\xff", b"b", b"b"]),
    (proto(STRING, [2]), [b"", b""]),
    (proto(STRING, string_val=[b"x"]), b"x"),
    (proto(STRING, [3], tensor_content=b"\1\0\2abc"), [b"a", b"", b"bc"]),
]


@pytest.mark.parametrize(("message", "values"), DECODED)
def test_decode_fills_and_narrows_as_tensorflow_does(message: Any, values: Any) -> None:
    array = decode_tensor(message)
    assert array.tolist() == values
    assert array.dtype == to_numpy(DataType.of(message.dtype))
    assert array.shape == tuple(dimension.size for dimension in message.tensor_shape.dim)


@pytest.mark.parametrize(
    "message",
    [
        proto(0, [1]),
        proto(99, [1], float_val=[1]),
        proto(101, [1], float_val=[1]),  # A reference type.
        proto(int(DataType.RESOURCE), [1]),
        proto(int(DataType.VARIANT)),
        proto(FLOAT, [-1], float_val=[1]),
        proto(FLOAT, [1] * 255, float_val=[1]),
        proto(FLOAT, [1] * 100, float_val=[1]),  # More than numpy has.
        proto(FLOAT, [2**40], float_val=[1]),
        proto(FLOAT, [2**40]),
        proto(FLOAT, [2**24 + 1], float_val=[1]),
        proto(STRING, [2**40], string_val=[b"x"]),
        proto(FLOAT, [2**62, 4], float_val=[1]),
        proto(FLOAT, [2**62, 4, 0], float_val=[1]),  # Overflows before the zero comes.
        proto(FLOAT, [0, 2**62, 4]),  # Would be a tensor, but numpy cannot hold such a shape.
        proto(FLOAT, [2], tensor_content=b"1234567"),
        proto(FLOAT, [2], tensor_content=b"123456789"),
        proto(STRING, [2], tensor_content=b"\1\1a"),
        proto(STRING, [2], tensor_content=b"\1\1abc"),
        proto(STRING, [1], tensor_content=b"\xff\xff\xff\xff\xff\xff"),
        proto(STRING, [2**40], tensor_content=b"\1a"),
    ],
)
def test_decode_of_what_is_no_tensor_is_refused(message: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        decode_tensor(message)


def test_one_value_fills_up_to_64_mebibytes() -> None:
    filled = decode_tensor(proto(FLOAT, [2**24], float_val=[1.0]))
    assert (filled.nbytes, filled[-1]) == (2**26, 1.0)


def test_decode_inputs_names_the_input_that_is_no_tensor() -> None:
    inputs = {"a": proto(FLOAT, float_val=[1]), "b": proto(FLOAT, [2], tensor_content=b"x")}
    with pytest.raises(InvalidArgumentError, match=r"^tensor parsing error: b$"):
        decode_inputs(inputs)
    assert decode_inputs({"a": inputs["a"]})["a"].tolist() == 1


VALUED = [dtype for dtype in DataType if dtype in FIELDS]


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    dtype = draw(st.sampled_from(VALUED))
    shape = draw(SHAPES)
    if dtype is DataType.STRING:
        return draw(hnp.arrays(object, shape, elements=st.binary(max_size=5)))
    numpy_type = to_numpy(dtype)
    if dtype in {DataType.INT4, DataType.UINT4}:
        return draw(hnp.arrays(np.int8, shape, elements=st.integers(0, 7))).astype(numpy_type)
    if dtype is DataType.BOOL:
        return draw(hnp.arrays(np.bool_, shape))
    raw = draw(hnp.arrays(np.uint8, (*shape, numpy_type.itemsize)))
    return np.frombuffer(raw.tobytes(), dtype=numpy_type).reshape(shape)


def same(left: np.ndarray, right: np.ndarray) -> bool:
    if (left.dtype, left.shape) != (right.dtype, right.shape):
        return False
    return left.tolist() == right.tolist() if left.dtype == object else left.tobytes() == right.tobytes()


@given(arrays())
def test_decode_of_encode_is_the_same_array(array: np.ndarray) -> None:
    assert same(decode_tensor(encode_tensor(array)), array)
    assert same(decode_tensor(TensorProto.FromString(tensor_bytes(array))), array)
    assert same(decode_tensor(TensorProto.FromString(content_bytes(array))), array)


@given(arrays())
def test_encode_writes_what_protobuf_would(array: np.ndarray) -> None:
    dtype = from_numpy(array.dtype)
    expected = proto(int(dtype), list(array.shape))
    field = FIELDS[dtype].name
    values = array.ravel()
    if field == "half_val":
        values = values.view(np.uint16)
    elif dtype in {DataType.COMPLEX64, DataType.COMPLEX128}:
        values = values.view(values.real.dtype)
    elif values.dtype.fields:
        values = values.view(values.dtype[0])
    if field == "float8_val":
        expected.float8_val = values.tobytes()
    else:
        getattr(expected, field).extend(values.astype(object).tolist() if values.dtype.kind == "V" else values.tolist())
    assert repr(encode_tensor(array)) == repr(expected)  # In this form NaN equals NaN.
    assert not encode_tensor(array).tensor_content


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (np.array([[1, 2], [3, 4]], dtype=np.float32).T, [1, 3, 2, 4]),
        (np.array([1, 2], dtype=">f4"), [1, 2]),
        (np.array([1, 2], dtype=">i8"), [1, 2]),
        (np.array(["é", "b"]), ["é".encode(), b"b"]),
        (np.array([b"ab", b"c"]), [b"ab", b"c"]),
    ],
)
def test_encode_of_other_memory_layouts_is_right(array: np.ndarray, values: list[Any]) -> None:
    assert decode_tensor(encode_tensor(array)).ravel().tolist() == values
    assert decode_tensor(TensorProto.FromString(content_bytes(array))).ravel().tolist() == values


def test_encode_of_a_foreign_type_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="datetime64"):
        encode_tensor(np.array([0], dtype="datetime64[s]"))


@given(st.binary(max_size=60))
def test_decode_of_any_message_raises_only_errors_of_ours(data: bytes) -> None:
    message = TensorProto(dtype=FLOAT)
    with contextlib.suppress(DecodeError):  # What was read until then may stay in the message.
        message.MergeFromString(data)
    with contextlib.suppress(TfsctlError):
        decode_tensor(message)
