"""The fast paths against the exact one: the same tensors to the bit, or the same error text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tfsctl.codec import json_tensor
from tfsctl.codec.json_bulk import BulkBody
from tfsctl.codec.json_fast import FastBody, NotPlainError
from tfsctl.codec.json_tensor import Format, parse_object, parse_predict_body, read_signature_name
from tfsctl.data_type import DataType
from tfsctl.errors import TfsctlError
from tfsctl.signature import TensorSpec

Specs = Mapping[str, TensorSpec]
Outcome = tuple[object, ...]

INTEGERS = [DataType.INT32, DataType.INT8, DataType.UINT8, DataType.INT64, DataType.UINT32, DataType.UINT64]
FLOATS = [DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16]
DTYPES = [*FLOATS, *INTEGERS, DataType.BOOL, DataType.STRING, DataType.UINT16, DataType.COMPLEX64]

PLAIN_INTEGERS = ["0", "1", "-0", "-1", "127", "300", "2147483647"]
PLAIN_NUMBERS = [*PLAIN_INTEGERS, "2.5", "1.0", "-0.0", "1e-5", "0.1", "12345.678", "-3.25e2"]
ODD_NUMBERS = [
    *("0e5", "0e999", "0.0E+400", "1e400", "1e39", "1e-400", "5e-324", "1e-40", "NaN", "-Infinity", "Inf", "NaN.5"),
    *("2147483648", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *("18446744073709551615", "18446744073709551616", "9007199791611905", "65520", "01", "1.", "+1"),
]
STRINGS = ['"a"', '""', '"a:b"', '"\\":"', '"é"', '"\\u00e9"', '"true"', '{"b64": "aGk="}', '{"b64": "/+8"}']
ODD_VALUES = [
    *("true", "false", "null", "[]", "{}", '{"x": 1}', '{"b64": 1}', '{"b64": "a"}', '{"b64": "aGk=", "b64": "YQ=="}'),
    *('"\\ud800"', '"\\udc00"', '"\udcff"', '"0e999"'),
]
NOISE = [b"[", b"]", b",", b":", b"{", b"}", b'"', b"1", b" ", b"-", b".", b"e", b"\\", b"\0", b"true", b"NaN", b"\xff"]


def outcome(decode: Callable[[], tuple[dict[str, np.ndarray], Format]]) -> Outcome:
    try:
        tensors, fmt = decode()
    except TfsctlError as error:
        return type(error), error.message, error.hint
    return fmt, {
        alias: (array.dtype, array.shape, array.tolist(), bits(array)) for alias, array in sorted(tensors.items())
    }


def bits(array: np.ndarray) -> bytes:
    return b"" if array.dtype == object else array.tobytes()


def exact_outcome(body: bytes, specs: Specs) -> Outcome:
    def decode() -> tuple[dict[str, np.ndarray], Format]:
        document = parse_object(body)
        read_signature_name(document)
        return json_tensor._exact_inputs(document, specs)

    return outcome(decode)


def public_outcome(body: bytes, specs: Specs) -> Outcome:
    return outcome(lambda: parse_predict_body(body).inputs(specs))


def scalar(dtype: DataType) -> st.SearchStrategy[str]:
    if dtype is DataType.BOOL:
        usual = ["true", "false"]
    elif dtype is DataType.STRING:
        usual = STRINGS
    else:
        usual = PLAIN_INTEGERS if dtype in INTEGERS else PLAIN_NUMBERS
    odd = [*ODD_NUMBERS, *ODD_VALUES, *STRINGS, *PLAIN_NUMBERS]
    return st.integers(0, 60).flatmap(lambda number: st.sampled_from(usual if number else odd))


@st.composite
def tensor_text(draw: st.DrawFn, dtype: DataType, shape: tuple[int, ...]) -> str:
    """A JSON value of that shape, with an accident now and then."""
    if not shape or draw(st.integers(0, 80)) == 41:
        return draw(scalar(dtype))
    length = shape[0] + (draw(st.integers(0, 80)) == 42)
    comma = draw(st.sampled_from([",", ", "]))
    return "[" + comma.join(draw(tensor_text(dtype, shape[1:])) for _ in range(length)) + "]"


SHAPES = st.lists(st.integers(0, 3), max_size=3).map(tuple)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, Specs]:
    """A predict request for a random signature: mostly right, sometimes wrong in what it says."""
    aliases = draw(st.lists(st.sampled_from(["x", "y", "é", "b64", "e1"]), min_size=1, max_size=2, unique=True))
    specs = {alias: TensorSpec(f"{alias}:0", draw(st.sampled_from(DTYPES))) for alias in aliases}
    is_row = draw(st.booleans())
    shapes = {alias: draw(SHAPES) for alias in aliases}
    is_named = len(aliases) > 1 or draw(st.booleans())

    def item() -> str:
        if not is_named:
            return draw(tensor_text(specs[aliases[0]].dtype, shapes[aliases[0]]))
        keys = draw(st.permutations(aliases)) + draw(st.sampled_from([[]] * 20 + [["x"], ["other"]]))
        texts = {key: draw(tensor_text(specs.get(key, specs[aliases[0]]).dtype, shapes.get(key, ()))) for key in keys}
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {texts[key]}" for key in keys) + "}"

    key = "instances" if is_row else "inputs"
    value = "[" + ", ".join(item() for _ in range(draw(st.integers(0, 3)))) + "]" if is_row else item()
    members = [f'"{key}": {value}']
    members += draw(
        st.sampled_from([[]] * 8 + [['"signature_name": "s"'], ['"k": {"a": [{"b": 1}]}'], ['"inputs": 1']])
    )
    text = "{" + ", ".join(draw(st.permutations(members))) + "}" + draw(st.sampled_from([""] * 9 + [" more"]))
    return text.encode("utf-8", "surrogateescape"), specs


@st.composite
def mutated_bodies(draw: st.DrawFn) -> tuple[bytes, Specs]:
    body, specs = draw(bodies())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.sampled_from([b"", *NOISE])) + body[at + draw(st.integers(0, 2)) :]
    return body, specs


def check(body: bytes, specs: Specs) -> None:
    """With simdjson for all sizes, and for none."""
    expected = repr(exact_outcome(body, specs))  # In this form NaN equals NaN.
    for size in (0, 1 << 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_tensor, "_MIN_BULK_SIZE", size)
            assert repr(public_outcome(body, specs)) == expected


FLOAT_X = {"x": TensorSpec("x:0", DataType.FLOAT)}
INT_X = {"x": TensorSpec("x:0", DataType.INT32)}
STRING_X = {"x": TensorSpec("x:0", DataType.STRING)}
REGRESSIONS: list[tuple[bytes, Specs]] = [
    (b'{"instances": [true, 1]}', FLOAT_X),
    (b'{"instances": [true, 1]}', INT_X),
    (b'{"instances": [[1], []]}', FLOAT_X),
    (b'{"instances": [[1, 2, 3], [4]]}', FLOAT_X),
    (b'{"instances": [[1, 2], 3[, 4]]}', FLOAT_X),
    (b'{"instances": [0e999]}', FLOAT_X),
    (b'{"instances": [0e999], "k": 1}', FLOAT_X),
    (b'{"instances": [1], "k": 0e999}', FLOAT_X),
    (b'{"inputs": {"x": [1], "k": [0e999]}}', FLOAT_X),
    (b'{"inputs": {"x": [1], "k": [0.0E+999]}}', FLOAT_X),
    (b'{"instances": [1], "instances": [2]}', FLOAT_X),
    (b'{"instances": [1], "inputs": null}', FLOAT_X),
    (b'{"instances": [{"x": 1, "x": 2}]}', FLOAT_X),
    (b'{"instances": [{"b64": 1}, {"b64": "aGk="}]}', {"b64": TensorSpec("x:0", DataType.FLOAT)}),
    (b'{"inputs": {"x": [1], "x": [2]}}', FLOAT_X),
    (b'{"inputs": {"x": [9223372036854775808, 1]}}', {"x": TensorSpec("x:0", DataType.UINT64)}),
    (b'{"inputs": [9007200328482817]}', FLOAT_X),
    (b'{"inputs": ["a:b", "\\":", "c"]}', STRING_X),
    (b'{"instances": [{"b64": "aGk=", "b64": "YQ=="}]}', STRING_X),
    (b'{"inputs": ' + b"[" * 900 + b"]" * 900 + b"}", FLOAT_X),
    (b'{"inputs": ' + b'{"x": ' * 1100 + b"1" + b"}" * 1101, FLOAT_X),
    (b'{"inputs": [[' + b"1," * 300 + b"1]" + b",[1]" * 300 + b"]}", FLOAT_X),
]


@pytest.mark.parametrize(("body", "specs"), REGRESSIONS)
def test_fast_paths_agree_where_libraries_differ(body: bytes, specs: Specs) -> None:
    check(body, specs)


@settings(max_examples=500, deadline=None)
@given(bodies())
def test_fast_paths_agree_with_the_exact_one_on_requests(request_: tuple[bytes, Specs]) -> None:
    check(*request_)


@settings(max_examples=500, deadline=None)
@given(mutated_bodies())
def test_fast_paths_agree_with_the_exact_one_on_broken_requests(request_: tuple[bytes, Specs]) -> None:
    check(*request_)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.sampled_from(DTYPES))
@example(b'{"instances":[\xff]}', DataType.FLOAT)
def test_any_bytes_raise_only_errors_of_ours(body: bytes, dtype: DataType) -> None:
    check(b'{"inputs":' + body, {"x": TensorSpec("x:0", dtype)})
    check(body, {"x": TensorSpec("x:0", dtype)})


GOOD: list[tuple[str, Any, DataType]] = [
    ("instances", [1.0, 2.0, 5.0], DataType.FLOAT),
    ("instances", [[1, 2], [3, 4]], DataType.INT64),
    ("instances", [{"x": [1, 2]}, {"x": [3, 4]}], DataType.DOUBLE),
    ("inputs", {"x": [[0.5, 1e-5]]}, DataType.HALF),
    ("inputs", [[True, False]], DataType.BOOL),
    ("instances", [{"b64": "aGk="}, {"b64": "YQ=="}], DataType.STRING),
    ("instances", [{"x": "http://localhost:8501"}], DataType.STRING),
]


@pytest.mark.parametrize(("key", "value", "dtype"), GOOD)
def test_usual_requests_take_the_fast_path(key: str, value: Any, dtype: DataType) -> None:
    body = FastBody(json.dumps({key: value}).encode())
    specs = {"x": TensorSpec("x:0", dtype)}
    fill = body.rows if key == "instances" else body.columns
    assert fill(body.document[key], specs).keys() == {"x"}


@pytest.mark.parametrize("key", ["instances", "inputs"])
@pytest.mark.parametrize("dtype", [DataType.FLOAT, DataType.INT8, DataType.UINT64])
def test_large_numeric_requests_take_the_bulk_path(key: str, dtype: DataType) -> None:
    body = BulkBody(json.dumps({"signature_name": "s", key: [[1, 2, 3]] * 500}).encode())
    specs = {"x": TensorSpec("x:0", dtype)}
    fill = body.rows if key == "instances" else body.columns
    assert fill(body.document[key], specs)["x"].shape == (500, 3)


def test_bulk_path_takes_several_tensors_by_name() -> None:
    body = BulkBody(b'{"inputs": {"e1": [[1e-3, 2]], "x": [3], "y": [4, 5]}}')
    specs = {"x": TensorSpec("x:0", DataType.INT32), "e1": TensorSpec("e:0", DataType.FLOAT)}
    tensors = body.columns(body.document["inputs"], specs)
    assert {alias: array.tolist() for alias, array in tensors.items()} == {"x": [3], "e1": [[np.float32(1e-3), 2]]}


@pytest.mark.parametrize(
    "body", [b"[1]", b"{}x", b'{"inputs": [[1], []]}', b'{"inputs": ["a"]}', b'{"inputs": [null]}', b'{"inputs": []}']
)
def test_bulk_path_gives_up_on_what_is_not_plain_lists_of_numbers(body: bytes) -> None:
    def fill() -> object:
        bulk = BulkBody(body)
        return bulk.columns(bulk.document["inputs"], FLOAT_X)

    with pytest.raises(NotPlainError):
        fill()


def test_bulk_parser_is_not_disturbed_by_a_living_document() -> None:
    first = BulkBody(b'{"inputs": [1, 2]}')
    second = BulkBody(b'{"inputs": [3, 4]}')
    assert first.columns(first.document["inputs"], FLOAT_X)["x"].tolist() == [1, 2]
    assert second.columns(second.document["inputs"], FLOAT_X)["x"].tolist() == [3, 4]
