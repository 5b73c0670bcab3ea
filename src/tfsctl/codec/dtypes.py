"""TensorFlow's data types as numpy's, and back."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError

# A quantized type is a struct of one field, as in TensorFlow's own Python, lest it be taken for the plain integer.
_NUMPY_TYPES: dict[DataType, np.dtype[Any]] = {
    DataType.FLOAT: np.dtype(np.float32),
    DataType.DOUBLE: np.dtype(np.float64),
    DataType.INT32: np.dtype(np.int32),
    DataType.UINT8: np.dtype(np.uint8),
    DataType.INT16: np.dtype(np.int16),
    DataType.INT8: np.dtype(np.int8),
    DataType.STRING: np.dtype(object),
    DataType.COMPLEX64: np.dtype(np.complex64),
    DataType.INT64: np.dtype(np.int64),
    DataType.BOOL: np.dtype(np.bool_),
    DataType.QINT8: np.dtype([("qint8", np.int8)]),
    DataType.QUINT8: np.dtype([("quint8", np.uint8)]),
    DataType.QINT32: np.dtype([("qint32", np.int32)]),
    DataType.BFLOAT16: np.dtype(ml_dtypes.bfloat16),
    DataType.QINT16: np.dtype([("qint16", np.int16)]),
    DataType.QUINT16: np.dtype([("quint16", np.uint16)]),
    DataType.UINT16: np.dtype(np.uint16),
    DataType.COMPLEX128: np.dtype(np.complex128),
    DataType.HALF: np.dtype(np.float16),
    DataType.UINT32: np.dtype(np.uint32),
    DataType.UINT64: np.dtype(np.uint64),
    DataType.FLOAT8_E5M2: np.dtype(ml_dtypes.float8_e5m2),
    DataType.FLOAT8_E4M3FN: np.dtype(ml_dtypes.float8_e4m3fn),
    DataType.INT4: np.dtype(ml_dtypes.int4),
    DataType.UINT4: np.dtype(ml_dtypes.uint4),
}
_DATA_TYPES = {numpy_type: data_type for data_type, numpy_type in _NUMPY_TYPES.items()}


def to_numpy(data_type: DataType) -> np.dtype[Any]:
    """The numpy type of tensors of `data_type`; strings are `object` (each element `bytes`).

    Raises InvalidArgumentError for types that have no plain values (resource, variant) and for DT_INVALID.
    """
    try:
        return _NUMPY_TYPES[data_type]
    except KeyError:
        raise InvalidArgumentError(f"Tensors of type {data_type.tf_name} have no plain values.") from None


def from_numpy(numpy_type: np.dtype[Any]) -> DataType:
    """The data type of arrays of `numpy_type`, in any byte order; `object`, `S` and `U` arrays are strings.

    Raises InvalidArgumentError for a type that TensorFlow does not have.
    """
    known = _DATA_TYPES.get(numpy_type)
    if known is not None:
        return known
    if numpy_type.kind in "SU":
        return DataType.STRING
    known = _DATA_TYPES.get(numpy_type.newbyteorder("="))
    if known is None:
        raise InvalidArgumentError(f"TensorFlow has no data type for numpy's {numpy_type}.")
    return known
