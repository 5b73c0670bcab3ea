"""Answers in JSON: their layout, their values, and what cannot be written (tensorflow-serving.md §1.4, §1.8, §1.10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tfsctl.codec.json_parse import parse_json
from tfsctl.codec.json_tensor import Format, encode_error, encode_predictions
from tfsctl.codec.json_value import JsonObject
from tfsctl.errors import InvalidArgumentError

ROW, COLUMNAR = Format.ROW, Format.COLUMNAR


def floats(*values: Any) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def strings(*values: Any) -> np.ndarray:
    return np.array(values, dtype=object)


LAYOUTS: list[tuple[Mapping[str, np.ndarray], Format, str]] = [
    ({"y": floats(2.5, 3, 4.5)}, ROW, '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}'),
    ({"y": floats([1, 2], [1, 2])}, ROW, '{\n    "predictions": [[1.0, 2.0], [1.0, 2.0]\n    ]\n}'),
    ({"y": np.zeros((0, 3))}, ROW, '{\n    "predictions": []\n}'),
    ({"a": np.zeros((0, 3)), "b": np.zeros(0)}, ROW, '{\n    "predictions": []\n}'),
    (
        {"a": floats([1, 2], [1, 2]), "b": np.array([7, 7])},
        ROW,
        """\
{
    "predictions": [
        {
            "a": [1.0, 2.0],
            "b": 7
        },
        {
            "a": [1.0, 2.0],
            "b": 7
        }
    ]
}""",
    ),
    (
        {"y_bytes": strings(b"hi", b"hi")},
        ROW,
        """\
{
    "predictions": [{
            "b64": "aGk="
        }, {
            "b64": "aGk="
        }
    ]
}""",
    ),
    (
        {"a": strings(b"x"), "c_bytes": strings([b"hi", b""])},
        ROW,
        """\
{
    "predictions": [
        {
            "a": "x",
            "c_bytes": [{
                    "b64": "aGk="
                }, {
                    "b64": ""
                }]
        }
    ]
}""",
    ),
    (
        {"y": floats(3.5, 4)},
        COLUMNAR,
        """\
{
    "outputs": [
        3.5,
        4.0
    ]
}""",
    ),
    ({"y": np.float32(5) * np.ones(())}, COLUMNAR, '{\n    "outputs": 5.0\n}'),
    (
        {"a": floats([1], [2]), "s": np.array(5), "t": strings(b'"')},
        COLUMNAR,
        """\
{
    "outputs": {
        "a": [
            [
                1.0
            ],
            [
                2.0
            ]
        ],
        "s": 5,
        "t": [
            "\\""
        ]
    }
}""",
    ),
    ({"y_bytes": np.array(b"hi", dtype=object)}, COLUMNAR, '{\n    "outputs": {\n        "b64": "aGk="\n    }\n}'),
    ({"y": np.zeros((2, 0))}, COLUMNAR, '{\n    "outputs": [\n        [],\n        []\n    ]\n}'),
    (
        {"a%s": floats(1), "b": np.array([True])},
        ROW,
        """\
{
    "predictions": [
        {
            "a%s": 1.0,
            "b": true
        }
    ]
}""",
    ),
]


@pytest.mark.parametrize(("outputs", "fmt", "layout"), LAYOUTS)
def test_small_answers_have_the_layout_of_tf_serving(
    outputs: Mapping[str, np.ndarray], fmt: Format, layout: str
) -> None:
    assert encode_predictions(outputs, fmt).decode() == layout


def test_large_answers_are_compact() -> None:
    array = np.zeros((100, 100), dtype=np.float32)
    assert len(encode_predictions({"y": array}, ROW)) < 41_000
    assert len(encode_predictions({"y": array, "z": array}, ROW)) < 90_000
    assert len(encode_predictions({"y": array}, COLUMNAR)) < 41_000


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (floats(2.5, 3, 16777216, -0.0), "2.5, 3.0, 16777216.0, -0.0"),
        (floats(np.nan, np.inf, -np.inf, 1), "NaN, Infinity, -Infinity, 1.0"),
        (np.array([1 / 3]), "0.3333333333333333"),
        (np.array([0.1, 65504], dtype=np.float16), "0.099975586, 65504.0"),
        (np.array([0.1, np.inf], dtype=ml_dtypes.bfloat16), "0.100097656, Infinity"),
        (np.array([-128, 127], dtype=np.int8), "-128, 127"),
        (np.array([2**64 - 1], dtype=np.uint64), "18446744073709551615"),
        (np.array([-(2**63)]), "-9223372036854775808"),
        (np.array([True, False]), "true, false"),
        (np.array([1, 2], dtype=">f4"), "1.0, 2.0"),
        (np.arange(4, dtype=np.float32)[::2], "0.0, 2.0"),
        (strings(b"a\n\x01\x1f\x7f/", "é".encode()), '"a\\n\\u0001\\u001F\x7f/", "é"'),
        (np.array([b"ab", b"c"]), '"ab", "c"'),
    ],
)
def test_values_by_type_are_written_as_tf_serving_reads_them(array: np.ndarray, text: str) -> None:
    assert encode_predictions({"y": array}, ROW).decode() == f'{{\n    "predictions": [{text}\n    ]\n}}'


def test_strings_that_are_not_utf8_are_written_as_they_are() -> None:
    assert b'"\xff\x80"' in encode_predictions({"y": strings(b"\xff\x80")}, ROW)


@pytest.mark.parametrize(
    ("outputs", "fmt", "text"),
    [
        ({}, ROW, "Cannot convert empty tensor map to JSON"),
        ({}, COLUMNAR, "Cannot convert empty tensor map to JSON"),
        ({"y": np.array(1.0)}, ROW, "Tensor name: y has no shape information "),
        (
            {"a": floats(1, 2), "b": floats(1)},
            ROW,
            "Tensor name: b has inconsistent batch size: 1 expecting: 2",
        ),
        ({"y": np.array([1j], dtype=np.complex64)}, ROW, "Failed to write JSON value for tensor type: complex64"),
        ({"y": np.array([1], dtype=np.uint16)}, COLUMNAR, "Failed to write JSON value for tensor type: uint16"),
        (
            {"y": np.zeros(1, dtype=[("qint8", np.int8)])},
            COLUMNAR,
            "Failed to write JSON value for tensor type: qint8",
        ),
    ],
)
def test_outputs_that_cannot_be_written_are_refused(outputs: Mapping[str, np.ndarray], fmt: Format, text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        encode_predictions(outputs, fmt)
    assert caught.value.message == text


def test_dimensions_without_end_are_refused_though_nothing_is_in_them() -> None:
    boundless = np.empty((2**31, 2**31, 0), dtype=np.int8)
    with pytest.raises(InvalidArgumentError, match="cannot be written as JSON"):
        encode_predictions({"y": boundless}, COLUMNAR)


def test_outputs_without_elements_need_no_writable_type() -> None:
    empty = np.zeros((2, 0), dtype=np.complex64)
    assert json.loads(encode_predictions({"y": empty}, ROW)) == {"predictions": [[], []]}


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ("simple", b'{\n    "error": "simple"\n}'),
        (
            'a"b\\c/\n\t\b\f\r\x01\x1f\x7f é',
            b'{\n    "error": "a\\"b\\\\c/\\n\\t\\b\\f\\r\\u0001\\u001F\x7f \xc3\xa9"\n}',
        ),
        ("\udcff", b'{\n    "error": "\xff"\n}'),
        ("\ud800", b'{\n    "error": "?"\n}'),
    ],
)
def test_encode_error_has_the_layout_and_escapes_of_tf_serving(message: str, body: bytes) -> None:
    assert encode_error(message) == body


NUMERIC = st.sampled_from(
    [
        np.float32,
        np.float64,
        np.float16,
        np.int8,
        np.int16,
        np.int32,
        np.int64,
        np.uint8,
        np.uint32,
        np.uint64,
        np.bool_,
    ]
)
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)


def plain(value: Any) -> Any:
    if isinstance(value, JsonObject):
        return {key.decode(): plain(member) for key, member in value.members}
    return [plain(element) for element in value] if isinstance(value, list) else value


@given(NUMERIC.flatmap(lambda dtype: hnp.arrays(dtype, SHAPES)), st.sampled_from(Format))
def test_numbers_read_back_to_the_same_values(array: np.ndarray, fmt: Format) -> None:
    (value,) = plain(parse_json(encode_predictions({"y": array}, fmt))).values()
    assert repr(np.array(value, dtype=array.dtype).tolist()) == repr(array.tolist())


@given(NUMERIC.flatmap(lambda dtype: hnp.arrays(dtype, SHAPES)), st.booleans())
def test_rows_of_several_outputs_read_back_to_the_same_values(array: np.ndarray, is_reversed: bool) -> None:
    other: np.ndarray = np.flip(array, axis=0) if is_reversed else array != 0
    rows = plain(parse_json(encode_predictions({"a": array, "b": other}, ROW)))["predictions"]
    assert len(rows) == len(array)
    assert repr([np.array(row["a"], dtype=array.dtype).tolist() for row in rows]) == repr(array.tolist())
    assert repr([np.array(row["b"], dtype=other.dtype).tolist() for row in rows]) == repr(other.tolist())
