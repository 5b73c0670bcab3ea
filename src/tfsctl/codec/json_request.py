"""Arrays to the body of a REST predict request (tensorflow-serving.md §1.6, §1.7): what a client sends."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from tfsctl.errors import UnimplementedError


def encode_predict_body(inputs: Mapping[str, np.ndarray], *, signature_name: str = "") -> bytes:
    """A predict request in columnar format, which every set of arrays fits.

    Floats get the shortest digits that read back to the same value of their type; NaN and infinities are the bare words
    that TF Serving accepts. Strings go as base64, so that any bytes arrive as they are.

    Raises:
        UnimplementedError: an array of complex numbers, for which the format has no spelling.
    """
    head = b'"signature_name":' + orjson.dumps(signature_name) + b"," if signature_name else b""
    tensors = b",".join(orjson.dumps(alias) + b":" + _encode_array(alias, array) for alias, array in inputs.items())
    return b"{" + head + b'"inputs":{' + tensors + b"}}"


def _encode_array(alias: str, array: np.ndarray) -> bytes:
    array = _plain(array)
    kind = array.dtype.kind
    if kind in "OSU":
        return orjson.dumps(_b64_values(array.tolist()))
    if kind == "c":
        raise UnimplementedError(
            f'Input "{alias}" is {array.dtype}, and REST has no complex numbers.', hint="Use gRPC (--grpc)."
        )
    if kind not in "biu":
        return _encode_floats(array)
    return _encode_finite(array)


def _plain(array: np.ndarray) -> np.ndarray:
    """Quantized numbers, and those of four bits, as the integers they are stored as."""
    if array.dtype.names:
        return array.view(array.dtype[0])
    return array.astype(np.int8) if array.dtype.name in {"int4", "uint4"} else array


def _encode_floats(array: np.ndarray) -> bytes:
    # Half precision, and the small types that ml_dtypes adds, fit into float32 exactly.
    wide = array if array.dtype in {np.dtype(np.float32), np.dtype(np.float64)} else array.astype(np.float32)
    if np.isfinite(wide).all():
        return _encode_finite(wide)
    return json.dumps(wide.tolist(), separators=(",", ":")).encode()


def _encode_finite(array: np.ndarray) -> bytes:
    if array.ndim == 0:
        return _encode_finite(array.reshape(1))[1:-1]
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    return orjson.dumps(plain, option=orjson.OPT_SERIALIZE_NUMPY)


def _b64_values(value: Any) -> Any:
    if isinstance(value, list):
        return [_b64_values(item) for item in value]
    data = value.encode() if isinstance(value, str) else value
    return {"b64": base64.b64encode(data).decode("ascii")}
