"""TensorProtos: right ones, and every way to be wrong."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import strategies as st

from tfsctl.codec.tensor_fields import FIELDS, Stored
from tfsctl.data_type import DataType
from tfsctl.protos import TensorProto

DTYPES = tuple(FIELDS)
_NUMBERS = (0, 1, 2, -1, 300, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**64 - 1)
_REALS = (0.0, 1.0, -2.5, 1e38, 1e308, 5e-324, float("inf"), float("-inf"), float("nan"))
_TEXTS = (b"", b"a", b"one", b"\0\xff", b"x" * 100)
_LIMITS: dict[Stored, tuple[int, int]] = {
    Stored.INT32: (-(2**31), 2**31 - 1),
    Stored.BITS_OF_16: (-(2**31), 2**31 - 1),
    Stored.INT64: (-(2**63), 2**63 - 1),
    Stored.UINT32: (0, 2**32 - 1),
    Stored.UINT64: (0, 2**64 - 1),
}
# So many elements that no server may take memory for them, or none at all: what lies between costs seconds.
_HUGE = (2**31, 2**33, 2**40, 2**62, 2**63 - 1, -1, -(2**63))
_SHAPES = st.one_of(
    st.sampled_from([(), (1,), (1,), (2,), (3,), (2,), (1, 1), (2, 3), (0,), (1, 784), (0, 3), (2, 0)]),
    st.lists(st.integers(0, 3), max_size=5).map(tuple),
    st.lists(st.sampled_from([0, 1, 2, *_HUGE]), min_size=1, max_size=4).map(tuple),
    st.sampled_from([(1,) * 33, (1,) * 65, (1,) * 254, (1,) * 255, (2,) * 62, (2,) * 64, (0,) * 300]),
)
_GOOD_SHAPES = st.sampled_from([(), (1,), (1,), (2,), (3,), (1, 1), (2, 1), (2, 3)])
_ODD = st.integers(0, 7).map(lambda number: number == 5)
_COUNT_ERROR = st.sampled_from([0, 0, 0, 0, -1, 1, -1000, 7])
_TYPE_NUMBERS = st.one_of(
    st.sampled_from([0, 20, 21, 27, 30, 100, 101, 107, 118, 999, -1, 2**31 - 1, -(2**31)]), st.integers(0, 40)
)
_FIELD_DTYPES = st.sampled_from(DTYPES)


@st.composite
def tensor_protos(draw: st.DrawFn, dtype: DataType | None = None) -> Any:
    """A TensorProto of this type, or of any; one of several may disagree with itself."""
    dtype = dtype or draw(_FIELD_DTYPES)
    proto = TensorProto(dtype=int(dtype))
    shape = draw(_SHAPES if draw(_ODD) else _GOOD_SHAPES)
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    if not shape and draw(st.booleans()):
        proto.tensor_shape.SetInParent()
    _fill(draw, proto, dtype, _num_elements(shape))
    if draw(_ODD):
        _spoil(draw, proto)
    return proto


def _num_elements(shape: tuple[int, ...]) -> int:
    number = 1
    for size in shape:
        number *= size
    return min(max(number, 0), 64)


def _fill(draw: st.DrawFn, proto: Any, dtype: DataType, number: int) -> None:
    number = max(0, number + draw(_COUNT_ERROR))
    field = FIELDS[dtype]
    if draw(st.booleans()) and dtype is not DataType.STRING:
        proto.tensor_content = struct.pack("<d", draw(st.sampled_from(_REALS))) * number
        proto.tensor_content = proto.tensor_content[: number * draw(st.sampled_from([1, 2, 4, 4, 4, 8, 8, 16]))]
    elif field.stored is Stored.STRINGS and draw(_ODD):
        text = draw(st.sampled_from(_TEXTS))
        proto.tensor_content = bytes([len(text)]) * number + text * number
    elif field.stored is Stored.STRINGS:
        proto.string_val.extend([draw(st.sampled_from(_TEXTS))] * number)
    elif field.stored is Stored.RAW_BYTES:
        setattr(proto, field.name, bytes(number))
    elif field.stored in {Stored.FLOATS, Stored.DOUBLES}:
        value = draw(st.sampled_from(_REALS))
        getattr(proto, field.name).extend([value] * number)
    elif field.stored is Stored.BOOLS:
        proto.bool_val.extend([True] * number)
    else:
        low, high = _LIMITS[field.stored]
        value = min(max(draw(st.sampled_from(_NUMBERS)), low), high)
        getattr(proto, field.name).extend([value] * number)


def _spoil(draw: st.DrawFn, proto: Any) -> None:
    kind = draw(st.integers(0, 7))
    if kind == 0:
        proto.dtype = draw(_TYPE_NUMBERS)
    elif kind == 1:
        proto.tensor_shape.unknown_rank = True
    elif kind == 2:
        proto.version_number = draw(st.sampled_from([1, -1, 2**31 - 1]))
    elif kind == 3:
        proto.variant_val.add(type_name="tensorflow::x", metadata=b"\xff")
    elif kind == 4:
        proto.resource_handle_val.add(device="d", name="n", hash_code=2**63)
    elif kind == 5:
        _fill(draw, proto, draw(_FIELD_DTYPES), 2)
    elif kind == 6:
        proto.tensor_content = draw(st.binary(max_size=40))
    else:
        for dimension in proto.tensor_shape.dim:
            dimension.name = "é"
