"""Predict requests: what is taken, and the text of what is not (tensorflow-serving.md §1.5-1.7, §14)."""

from __future__ import annotations

import tracemalloc

import ml_dtypes
import numpy as np
import pytest

from tfsctl.codec.json_tensor import Format, parse_predict_body
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, TfsctlError, UnimplementedError
from tfsctl.signature import TensorSpec

FLOAT = DataType.FLOAT
X = {"x": FLOAT}
AB = {"b": DataType.INT32, "a": FLOAT}
S = {"s": DataType.STRING}


def specs_of(dtypes: dict[str, DataType]) -> dict[str, TensorSpec]:
    return {alias: TensorSpec(f"{alias}:0", dtype) for alias, dtype in dtypes.items()}


def decode(body: str | bytes, dtypes: dict[str, DataType]) -> tuple[dict[str, np.ndarray], Format]:
    raw = body if isinstance(body, bytes) else body.encode()
    return parse_predict_body(raw).inputs(specs_of(dtypes))


def error_of(body: str | bytes, dtypes: dict[str, DataType]) -> TfsctlError:
    with pytest.raises(TfsctlError) as caught:
        decode(body, dtypes)
    return caught.value


NEED_NAMES = "multiple input tensors required as per tensorinfo_map"
ITEM = "Failed to process element: "
OF_LIST = " of 'instances' list. Error: INVALID_ARGUMENT: "

SIGNATURE_NAME_MUST_BE_STRING = "'signature_name' key must be a string value."
ONE_KEY = "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
BODY_ERRORS = [
    ("", "JSON Parse error: The document is empty"),
    ("[1, 2]", "JSON Value: [1, 2] Is not object"),
    ("3", "JSON Value: 3 Is not object"),
    ('"a"', 'JSON Value: "a" Is not object'),
    (
        '{"signature_name": 5}',
        'JSON Value: {\n    "signature_name": 5\n} not formatted correctly. ' + SIGNATURE_NAME_MUST_BE_STRING,
    ),
    (
        '{"instances": [1], "inputs": [1]}',
        'JSON Value: {\n    "instances": [1],\n    "inputs": [1]\n} ' + ONE_KEY,
    ),
    (
        '{"instances": null, "inputs": 1}',
        'JSON Value: {\n    "instances": null,\n    "inputs": 1\n} ' + ONE_KEY,
    ),
    ("{}", "Missing 'inputs' or 'instances' key"),
    ('{"instance": [1]}', "Missing 'inputs' or 'instances' key"),
    (
        '{"instances": 5}',
        "JSON Value: {\n    \"instances\": 5\n} Expecting 'instances' to be an list/array",
    ),
    (
        '{"instances": []}',
        "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array",
    ),
]


@pytest.mark.parametrize(("body", "text"), BODY_ERRORS)
def test_inputs_of_a_wrong_body_says_what_tf_serving_says(body: str, text: str) -> None:
    error = error_of(body, X)
    assert type(error) is InvalidArgumentError
    assert error.message == text


ROW_ERRORS: list[tuple[str, dict[str, DataType], str]] = [
    (
        "[1, 2]",
        AB,
        f"instances is a plain list, but expecting list of objects as {NEED_NAMES}",
    ),
    ('[{"x": 1}, 2]', X, "Expecting object but got list at item 1 of input list"),
    ('[{"x": 1}, {"b64": "aGk="}]', X, "Expecting object but got list at item 1 of input list"),
    ('[1, {"x": 2}]', X, "Expecting value/list but got object at item 1 of input list"),
    (
        '[{"x": 1}, {"y": 2}]',
        X,
        f"{ITEM}1 key: y{OF_LIST}JSON object: does not have named input: y",
    ),
    (
        '[{"a": 1, "b": 2}, {"a": 1}]',
        AB,
        ITEM + "1 of 'instances' list. JSON object: {\n    \"a\": 1\n} keys must be equal to: a,b",
    ),
    ("[{}]", X, ITEM + "0 of 'instances' list. JSON object: {} keys must be equal to: x"),
    ("[1, true]", X, f"{ITEM}1{OF_LIST}JSON Value: true Type: True is not of expected type: float"),
    ("[1, false]", X, f"{ITEM}1{OF_LIST}JSON Value: false Type: False is not of expected type: float"),
    ("[null]", X, f"{ITEM}0{OF_LIST}JSON Value: null Type: Null is not of expected type: float"),
    ('["1"]', X, f'{ITEM}0{OF_LIST}JSON Value: "1" Type: String is not of expected type: float'),
    (
        '[[1], [{"b64": "aGk="}]]',
        X,
        f'{ITEM}1{OF_LIST}JSON Value: {{\n    "b64": "aGk="\n}} Type: Object is not of expected type: float',
    ),
    (
        '[{"x": 1}, {"x": "a"}]',
        X,
        f'{ITEM}1 key: x{OF_LIST}JSON Value: "a" Type: String is not of expected type: float',
    ),
    ("[1.0]", {"x": DataType.INT32}, f"{ITEM}0{OF_LIST}JSON Value: 1.0 Type: Number is not of expected type: int32"),
    ("[1e3]", {"x": DataType.INT64}, f"{ITEM}0{OF_LIST}JSON Value: 1000.0 Type: Number is not of expected type: int64"),
    ("[1]", {"x": DataType.BOOL}, f"{ITEM}0{OF_LIST}JSON Value: 1 Type: Number is not of expected type: bool"),
    ("[1]", S, f"{ITEM}0{OF_LIST}JSON Value: 1 Type: Number is not of expected type: string"),
    (
        '[["a", {"b65": "x"}]]',
        S,
        f'{ITEM}0{OF_LIST}JSON Value: {{\n    "b65": "x"\n}} not formatted correctly for base64 data',
    ),
    (
        '[["a", {"b64": 5}]]',
        S,
        f'{ITEM}0{OF_LIST}JSON Value: {{\n    "b64": 5\n}} not formatted correctly for base64 data',
    ),
    ('[{"b64": "a"}]', S, f"{ITEM}0{OF_LIST}Unable to base64 decode"),
    ("[[1, 2], [1, [2]]]", X, f"{ITEM}1{OF_LIST}Encountered list at unexpected level: 1 expected < 1"),
    ("[[[1, 2], [1]]]", X, f"{ITEM}0{OF_LIST}Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
    (
        "[[[1], 1]]",
        X,
        f"{ITEM}0{OF_LIST}JSON Value: 1 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ),
    ("[[1, 2], [1, 2, 3]]", X, f"{ITEM}1{OF_LIST}Expecting tensor size: 2 but got: 3"),
    ("[[1, 2], [[1, 2]]]", X, f"{ITEM}1{OF_LIST}Expecting shape [2] but got: [1,2]"),
    ("[[1], 1]", X, f"{ITEM}1{OF_LIST}Expecting shape [1] but got: []"),
    (
        "[5]",
        {"x": DataType.UINT16},
        ITEM + "0 of 'instances' list. Error: UNIMPLEMENTED: Conversion of JSON Value: 5 to type: uint16",
    ),
]


@pytest.mark.parametrize(("instances", "dtypes", "text"), ROW_ERRORS)
def test_inputs_of_wrong_rows_says_what_tf_serving_says(instances: str, dtypes: dict[str, DataType], text: str) -> None:
    error = error_of(f'{{"instances": {instances}}}', dtypes)
    assert type(error) is InvalidArgumentError
    assert error.message == text


COLUMN_ERRORS: list[tuple[str, dict[str, DataType], str]] = [
    (
        "[1, 2]",
        AB,
        f"inputs is a plain value/list, but expecting an object as {NEED_NAMES}",
    ),
    ('{"a": [1]}', AB, "Missing named input: b in 'inputs' object."),
    ("{}", X, "Missing named input: x in 'inputs' object."),
    ("[[1, 2], [1]]", X, "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
    ("[1, [2]]", X, "Encountered list at unexpected level: 1 expected < 1"),
    ("[[1], 2]", X, "JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
    ("[true]", X, "JSON Value: true Type: True is not of expected type: float"),
    ("null", X, "JSON Value: null Type: Null is not of expected type: float"),
    ('{"x": {"y": 1}}', X, 'JSON Value: {\n    "y": 1\n} Type: Object is not of expected type: float'),
    ("[2147483648]", {"x": DataType.INT8}, "JSON Value: 2147483648 Type: Number is not of expected type: int8"),
    ("[-1]", {"x": DataType.UINT32}, "JSON Value: -1 Type: Number is not of expected type: uint32"),
    ("[4294967296]", {"x": DataType.UINT32}, "JSON Value: 4294967296 Type: Number is not of expected type: uint32"),
    ("[-1]", {"x": DataType.UINT64}, "JSON Value: -1 Type: Number is not of expected type: uint64"),
    (
        "[9223372036854775808]",
        {"x": DataType.INT64},
        "JSON Value: 9223372036854775808 Type: Number is not of expected type: int64",
    ),
]


@pytest.mark.parametrize(("inputs", "dtypes", "text"), COLUMN_ERRORS)
def test_inputs_of_wrong_columns_says_what_tf_serving_says(inputs: str, dtypes: dict[str, DataType], text: str) -> None:
    error = error_of(f'{{"inputs": {inputs}}}', dtypes)
    assert type(error) is InvalidArgumentError
    assert error.message == text


@pytest.mark.parametrize("dtype", [DataType.UINT16, DataType.COMPLEX64, DataType.COMPLEX128, DataType.QINT8])
def test_inputs_of_a_type_that_json_lacks_is_unimplemented_except_for_objects(dtype: DataType) -> None:
    error = error_of('{"inputs": [1]}', {"x": dtype})
    assert type(error) is UnimplementedError
    assert error.message == f"Conversion of JSON Value: 1 to type: {dtype.tf_name}"
    error = error_of('{"inputs": [{"b64": "aGk="}]}', {"x": dtype})
    assert type(error) is InvalidArgumentError
    assert error.message.endswith(f"}} Type: Object is not of expected type: {dtype.tf_name}")


def test_inputs_of_a_signature_without_inputs_are_refused_before_the_keys_are_looked_at() -> None:
    assert error_of("{}", {}).message == "Failed to get input map for signature: DEFAULT"
    named = '{"signature_name": "sig", "instances": [1]}'
    assert error_of(named, {}).message == "Failed to get input map for signature: sig"
    with pytest.raises(InvalidArgumentError, match=r"signature: LABEL$"):
        parse_predict_body(named.encode()).inputs({}, signature_label="LABEL")


@pytest.mark.parametrize("depth", [100, 255, 100_000])
def test_inputs_of_too_many_dimensions_is_no_tensor(depth: int) -> None:
    error = error_of('{"inputs": ' + "[" * depth + "1" + "]" * depth + "}", X)
    assert error.message == "tensor parsing error: x"


def test_error_texts_keep_bytes_that_are_not_utf8() -> None:
    error = error_of(b'{"instances": ["\xff\\n"]}', X)
    assert error.message.encode("utf-8", "surrogateescape").endswith(
        b'JSON Value: "\xff\\n" Type: String is not of expected type: float'
    )


@pytest.mark.parametrize(
    ("dtype", "literals", "values"),
    [
        (FLOAT, "1, 2.5, -0, -0.0, 1e39, -1e39, 1e-50, 16777217", [1, 2.5, 0.0, -0.0, np.inf, -np.inf, 0, 16777216]),
        (FLOAT, "NaN, Inf, Infinity, -Inf, -Infinity, -NaN", [np.nan, np.inf, np.inf, -np.inf, -np.inf, np.nan]),
        (FLOAT, "1e-40, 1.401298464324817e-45", [1e-40, 1.401298464324817e-45]),  # Subnormals are kept.
        (FLOAT, "9007199791611905, 9007200328482817", [9007199254740992.0, 9007200328482816.0]),  # By way of double.
        (DataType.DOUBLE, "1, 0.1, 5e-324, 18446744073709551615", [1, 0.1, 5e-324, 2.0**64]),
        (DataType.INT32, "2147483647, -2147483648, -0", [2147483647, -2147483648, 0]),
        (DataType.INT16, "70000, -32769", [4464, 32767]),
        (DataType.INT8, "300, -129", [44, 127]),
        (DataType.UINT8, "-1, 256", [255, 0]),
        (DataType.INT64, "9223372036854775807, -9223372036854775808", [2**63 - 1, -(2**63)]),
        (DataType.UINT32, "0, -0, 4294967295", [0, 0, 2**32 - 1]),
        (DataType.UINT64, "0, 18446744073709551615", [0, 2**64 - 1]),
        (DataType.BOOL, "true, false", [True, False]),
        (DataType.HALF, "1, 0.1, 65504, 1e9", [1, 0.1, 65504, np.inf]),
        (DataType.BFLOAT16, "1, 0.1, 1e38", [1, 0.1, 1e38]),
        (DataType.STRING, '"a", "\\u00e9", "\\u0000", ""', [b"a", "é".encode(), b"\0", b""]),
        (DataType.STRING, '{"b64": "aGk="}, {"b64": " /+8."}, "x:y", "\\":"', [b"hi", b"\xff\xef", b"x:y", b'":']),
    ],
)
def test_inputs_by_type_have_the_values_of_tf_serving(dtype: DataType, literals: str, values: list[object]) -> None:
    tensors, _ = decode(f'{{"instances": [{literals}]}}', {"x": dtype})
    expected = np.array(values, dtype=tensors["x"].dtype)
    assert tensors["x"].tolist() == expected.tolist() or tensors["x"].tobytes() == expected.tobytes()


def test_inputs_keep_the_sign_of_zero_only_of_floating_literals() -> None:
    tensors, _ = decode('{"instances": [-0, -0.0]}', X)
    assert np.signbit(tensors["x"]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("body", "dtypes", "shapes", "fmt"),
    [
        ('{"instances": [1, 2, 3]}', X, {"x": (3,)}, Format.ROW),
        ('{"instances": [[1], [2]]}', X, {"x": (2, 1)}, Format.ROW),
        ('{"instances": [{"x": [1, 2]}]}', X, {"x": (1, 2)}, Format.ROW),
        ('{"instances": [{"x": 5}]}', {"x": DataType.INT32}, {"x": (1,)}, Format.ROW),
        ('{"instances": [{"a": 1, "b": [1, 2]}, {"b": [3, 4], "a": 2}]}', AB, {"a": (2,), "b": (2, 2)}, Format.ROW),
        ('{"instances": [[], []]}', X, {"x": (2, 0)}, Format.ROW),
        ('{"instances": [[[]]]}', S, {"s": (1, 1, 0)}, Format.ROW),
        ('{"instances": [{"b64": "aGk="}]}', S, {"s": (1,)}, Format.ROW),
        ('{"inputs": 5}', X, {"x": ()}, Format.COLUMNAR),
        ('{"inputs": []}', X, {"x": (0,)}, Format.COLUMNAR),
        ('{"inputs": []}', {"x": DataType.UINT16}, {"x": (0,)}, Format.COLUMNAR),
        ('{"inputs": {"b64": "aGk="}}', S, {"s": ()}, Format.COLUMNAR),
        ('{"inputs": {"x": [[1, 2]]}}', X, {"x": (1, 2)}, Format.COLUMNAR),
        ('{"inputs": {"a": 1.5, "b": [1, 2], "c": null}}', AB, {"a": (), "b": (2,)}, Format.COLUMNAR),
        ('{"inputs": [1], "parameters": {"k": [{}]}}', X, {"x": (1,)}, Format.COLUMNAR),
        ('{"instances": [1]} trailing', X, {"x": (1,)}, Format.ROW),
        ('\ufeff{"instances": [1]}', X, {"x": (1,)}, Format.ROW),
        ('{"instances": [1], "instances": 5}', X, {"x": (1,)}, Format.ROW),
        ('{"instances": [1, 2], "inst\\u0061nces": [1]}', X, {"x": (2,)}, Format.ROW),
    ],
)
def test_inputs_of_a_good_body_have_shapes_and_format(
    body: str, dtypes: dict[str, DataType], shapes: dict[str, tuple[int, ...]], fmt: Format
) -> None:
    tensors, got = decode(body, dtypes)
    assert ({alias: array.shape for alias, array in tensors.items()}, got) == (shapes, fmt)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"instances": [1]}', ""),
        (b'{"signature_name": "s\\u00e9", "instances": [1]}', "sé"),
        (b'{"signature_name": "first", "signature_name": "second", "instances": [1]}', "first"),
        (b'{"signature_name": "first", "signature_name": 5, "instances": [NaN]}', "first"),
        (b'{"x": {"signature_name": "inner"}}', ""),
    ],
)
def test_signature_name_is_the_first_one_of_the_root(body: bytes, name: str) -> None:
    assert parse_predict_body(body).signature_name == name


def test_rows_with_a_repeated_key_shift_like_in_tf_serving() -> None:
    tensors, _ = decode('{"instances": [{"x": 1, "x": 2}, {"x": 3}]}', X)
    assert tensors["x"].tolist() == [1, 2]  # All values are strung together, and those beyond the shape are ignored.


def test_columns_with_a_repeated_key_take_the_first() -> None:
    tensors, _ = decode('{"inputs": {"x": [1], "x": [2, 3]}}', X)
    assert tensors["x"].tolist() == [1]


def test_rows_of_base64_objects_for_several_inputs_fill_only_the_first() -> None:
    tensors, _ = decode('{"instances": [{"b64": "aGk="}]}', {"s": DataType.STRING, "t": DataType.STRING})
    assert {alias: array.tolist() for alias, array in tensors.items()} == {"s": [b"hi"]}


def test_an_input_called_b64_can_be_given_by_name() -> None:
    tensors, _ = decode('{"instances": [{"b64": 1}, {"b64": 2}]}', {"b64": FLOAT})
    assert tensors["b64"].tolist() == [1, 2]


def test_half_precision_goes_both_ways() -> None:
    tensors, _ = decode('{"instances": [0.333, 1]}', {"x": DataType.BFLOAT16})
    assert tensors["x"].dtype == ml_dtypes.bfloat16
    assert tensors["x"].tolist() == np.array([0.333, 1], dtype=ml_dtypes.bfloat16).tolist()


@pytest.mark.parametrize("dtype", [DataType.FLOAT, DataType.INT64, DataType.BOOL])
@pytest.mark.parametrize("form", ["instances", "inputs"])
@pytest.mark.parametrize("first", ['"a"', "1.0", "true", '["a"]'])
def test_one_long_string_does_not_make_all_of_them_long(dtype: DataType, form: str, first: str) -> None:
    """numpy would: a request of 100 kB would take 400 MB, one of 1 MB all there is."""
    values = [first, *['"a"'] * 1000, f'"{"b" * 100_000}"']
    body = f'{{"{form}": [{", ".join(values)}]}}'.encode()
    tracemalloc.start()
    with pytest.raises(InvalidArgumentError):
        parse_predict_body(body).inputs({"x": TensorSpec("x:0", dtype)})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(body)
