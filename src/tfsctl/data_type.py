"""TensorFlow's data types as plain numbers, so that signatures can be described without numpy or protobuf."""

from __future__ import annotations

import enum


class DataType(enum.IntEnum):
    """`tensorflow.DataType` (types.proto), numbers included. `tf_name` is TensorFlow's spelling in texts."""

    INVALID = 0
    FLOAT = 1
    DOUBLE = 2
    INT32 = 3
    UINT8 = 4
    INT16 = 5
    INT8 = 6
    STRING = 7
    COMPLEX64 = 8
    INT64 = 9
    BOOL = 10
    QINT8 = 11
    QUINT8 = 12
    QINT32 = 13
    BFLOAT16 = 14
    QINT16 = 15
    QUINT16 = 16
    UINT16 = 17
    COMPLEX128 = 18
    HALF = 19
    RESOURCE = 20
    VARIANT = 21
    UINT32 = 22
    UINT64 = 23
    FLOAT8_E5M2 = 24
    FLOAT8_E4M3FN = 25
    INT4 = 29
    UINT4 = 30

    @property
    def tf_name(self) -> str:
        """The name TensorFlow prints, such as `float`, `double`, `int32` or `half`."""
        return self.name.lower()

    @property
    def proto_name(self) -> str:
        """The name in protobuf JSON and text, such as `DT_FLOAT`."""
        return f"DT_{self.name}"

    @classmethod
    def of(cls, number: int) -> DataType:
        """The type with this proto number; one that is not known here is `INVALID`."""
        try:
            return cls(number)
        except ValueError:
            return cls.INVALID
