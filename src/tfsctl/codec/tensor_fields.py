"""Which field of a TensorProto holds the values of which data type, and how."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfsctl.data_type import DataType


class Stored(enum.Enum):
    """What a field holds: a repeated field of numpy's type of this name, or one of the special forms."""

    FLOATS = "f4"
    DOUBLES = "f8"
    INT32 = "i4"
    INT64 = "i8"
    UINT32 = "u4"
    UINT64 = "u8"
    BOOLS = "?"
    BITS_OF_16 = "int32"  # The bits of a value, as an integer.
    RAW_BYTES = "bytes"  # One bytes field, one byte for each value.
    STRINGS = "strings"


@dataclass(frozen=True, slots=True)
class ValueField:
    """A field of TensorProto: its name, number, and form."""

    name: str
    number: int
    stored: Stored


_INT_VAL = ValueField("int_val", 7, Stored.INT32)
_HALF_VAL = ValueField("half_val", 13, Stored.BITS_OF_16)
_FLOAT8_VAL = ValueField("float8_val", 18, Stored.RAW_BYTES)

FIELDS: dict[DataType, ValueField] = {
    DataType.FLOAT: ValueField("float_val", 5, Stored.FLOATS),
    DataType.DOUBLE: ValueField("double_val", 6, Stored.DOUBLES),
    DataType.INT32: _INT_VAL,
    DataType.INT16: _INT_VAL,
    DataType.INT8: _INT_VAL,
    DataType.UINT8: _INT_VAL,
    DataType.UINT16: _INT_VAL,
    DataType.INT4: _INT_VAL,
    DataType.UINT4: _INT_VAL,
    DataType.QINT8: _INT_VAL,
    DataType.QUINT8: _INT_VAL,
    DataType.QINT16: _INT_VAL,
    DataType.QUINT16: _INT_VAL,
    DataType.QINT32: _INT_VAL,
    DataType.STRING: ValueField("string_val", 8, Stored.STRINGS),
    DataType.COMPLEX64: ValueField("scomplex_val", 9, Stored.FLOATS),
    DataType.INT64: ValueField("int64_val", 10, Stored.INT64),
    DataType.BOOL: ValueField("bool_val", 11, Stored.BOOLS),
    DataType.COMPLEX128: ValueField("dcomplex_val", 12, Stored.DOUBLES),
    DataType.HALF: _HALF_VAL,
    DataType.BFLOAT16: _HALF_VAL,
    DataType.UINT32: ValueField("uint32_val", 16, Stored.UINT32),
    DataType.UINT64: ValueField("uint64_val", 17, Stored.UINT64),
    DataType.FLOAT8_E5M2: _FLOAT8_VAL,
    DataType.FLOAT8_E4M3FN: _FLOAT8_VAL,
}
