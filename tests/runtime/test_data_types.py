"""Every type of tensor, in and out, in both runtimes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runtime.loading import Load, run
from tfsctl.codec.dtypes import to_numpy
from tfsctl.errors import InvalidArgumentError
from tfsctl.signature import Signature

_NUMBERS = (
    "float32 float64 float16 bfloat16 float8_e5m2 float8_e4m3fn int8 int16 int32 int64 uint8 uint16 uint32 uint64"
    " int4 uint4 complex64 complex128 bool"
)
_QUANTIZED = ("qint8", "quint8", "qint16", "quint16", "qint32")
_TEXTS = [b"", b"short", b"x" * 22, b"x" * 23, bytes(range(256)) * 5, "grüße".encode(), b"\0", b"a" * 100_000]


def _values(signature: Signature, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """A few small numbers, which every type can hold."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape) % 7
    numpy_type = to_numpy(signature.inputs["x"].dtype)
    if numpy_type.fields is not None:
        return numbers.astype(next(iter(numpy_type.fields.values()))[0]).view(numpy_type)
    return numbers.astype(numpy_type)


@pytest.mark.parametrize("dtype", [*_NUMBERS.split(), *_QUANTIZED])
def test_numbers_of_each_type_come_back_as_they_were(load: Load, dtype: str) -> None:
    model = load(f"identity_{dtype}")
    signature = model.info.signatures["serving_default"]

    for shape in ((), (3,), (2, 0, 3), (2, 3), (70, 1000)):
        x = _values(signature, shape)
        y = run(model, {"x": x})["y"]
        assert (y.dtype, y.shape) == (x.dtype, shape)
        assert y.tobytes() == x.tobytes()


@pytest.mark.parametrize("dtype", _QUANTIZED)
def test_quantized_numbers_may_come_as_plain_integers(load: Load, dtype: str) -> None:
    x = np.array([0, 1, 100], dtype.removeprefix("q"))

    y = run(load(f"identity_{dtype}"), {"x": x})["y"]

    assert y.view(x.dtype).tolist() == [0, 1, 100]


@pytest.mark.parametrize("shape", [(8,), (2, 4), (8, 1, 1), (0,), (3, 0)])
def test_strings_of_all_lengths_come_back_as_they_were(load: Load, shape: tuple[int, ...]) -> None:
    x = np.array(_TEXTS if 0 not in shape else [], object).reshape(shape)

    outputs = run(load("identity_string"), {"x": x})

    assert outputs["y"].dtype == object
    assert outputs["y"].shape == shape
    assert outputs["y"].tolist() == x.tolist()


def test_a_single_string_is_a_scalar(load: Load) -> None:
    model = load("identity_string")

    for text in (b"short", b"long" * 100):
        y = run(model, {"x": np.array(text, object)})["y"]
        assert (y.shape, y.item()) == ((), text)


def test_two_aliases_of_strings_are_both_answered(load: Load) -> None:
    outputs = run(load("strings"), {"x": np.array([b"a", b"b" * 50], object)})

    assert {alias: array.tolist() for alias, array in outputs.items()} == {
        "y": [b"a", b"b" * 50],
        "y_bytes": [b"a", b"b" * 50],
    }


@pytest.mark.parametrize("given", [["grüße", "b"], np.array(["grüße", "b"]), np.array(["grüße".encode(), b"b"])])
def test_text_and_numpys_own_strings_are_taken_too(load: Load, given: Any) -> None:
    x = np.array(given, object) if isinstance(given, list) else given

    assert run(load("identity_string"), {"x": x})["y"].tolist() == ["grüße".encode(), b"b"]


def test_objects_that_are_no_strings_are_refused(load: Load) -> None:
    with pytest.raises(InvalidArgumentError, match="must hold bytes or str, not int"):
        run(load("identity_string"), {"x": np.array([b"a", 1], object)})
