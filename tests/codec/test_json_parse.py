"""The parser of the exact path. Messages and offsets were compared with RapidJSON 1.1.0 itself."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfsctl.codec.json_parse import parse_json
from tfsctl.codec.json_value import JsonObject, JsonValue
from tfsctl.errors import InvalidArgumentError

PARSE_ERRORS = [
    # tensorflow-serving.md §1.9
    (b" ", "The document is empty.", 1),
    (b"instances = [1, 2]", "Invalid value.", 0),
    (b'{"instances": [1,2]', "Missing a comma or '}' after an object member.", 19),
    (b'{"instances": [1 2]}', "Missing a comma or ']' after an array element.", 17),
    (b'{"instances": [1,]}', "Invalid value.", 17),
    (b'{"a":1,}', "Missing a name for object member.", 7),
    (b"{'a':1}", "Missing a name for object member.", 1),
    (b"{a:1}", "Missing a name for object member.", 1),
    (b'{"a" 1}', "Missing a colon after a name of object member.", 5),
    (b"1.", "Miss fraction part in number.", 2),
    (b"1e", "Miss exponent in number.", 2),
    (b"1E400", "Number too big to be stored in double.", 0),
    (b'"\\ud800"', "The surrogate pair in string is invalid.", 1),
    (b'"\\x"', "Invalid escape character in string.", 1),
    (b'"abc', "Missing a closing quotation mark in string.", 4),
    (b'"\\u12g4"', "Incorrect hex digit after \\u escape in string.", 1),
    (b"nan", "Invalid value.", 1),
    (b"Nan", "Invalid value.", 2),
    (b"infinity", "Invalid value.", 0),
    # §14
    (b"}", "The document is empty.", 0),
    (b":", "The document is empty.", 0),
    (b",", "The document is empty.", 0),
    (b"]", "The document is empty.", 0),
    (b"\0{}", "The document is empty.", 0),
    (b"0e999", "Number too big to be stored in double.", 0),
    # More of the same kind.
    (b"\xef\xbb\xbf", "The document is empty.", 3),
    (b"[", "Invalid value.", 1),
    (b"[1", "Missing a comma or ']' after an array element.", 2),
    (b"[1\0]", "Missing a comma or ']' after an array element.", 2),
    (b"[}", "Invalid value.", 1),
    (b"{", "Missing a name for object member.", 1),
    (b'{"a":', "Invalid value.", 5),
    (b'{"a":]', "Invalid value.", 5),
    (b"[01]", "Missing a comma or ']' after an array element.", 2),
    (b"[+1]", "Invalid value.", 1),
    (b"[.5]", "Invalid value.", 1),
    (b"[-]", "Invalid value.", 2),
    (b"[- 1]", "Invalid value.", 2),
    (b"[1, 2e+]", "Miss exponent in number.", 7),
    (b"[1, 2.e5]", "Miss fraction part in number.", 6),
    (b"[nul]", "Invalid value.", 4),
    (b"[truE]", "Invalid value.", 4),
    (b"[Infi]", "Invalid value.", 5),
    (b"[-N]", "Invalid value.", 3),
    (b"[0.1e310]", "Number too big to be stored in double.", 1),
    (b"1" * 310, "Number too big to be stored in double.", 0),
    (b"1" * 310 + b".", "Number too big to be stored in double.", 0),
    (b'"a\nb"', "Invalid escape character in string.", 2),
    (b'"a\0b"', "Missing a closing quotation mark in string.", 2),
    (b'"a\\', "Invalid escape character in string.", 2),
    (b'"\\ud800\\n"', "The surrogate pair in string is invalid.", 1),
    (b'"\\ud800\\u0041"', "The surrogate pair in string is invalid.", 1),
    (b'"\\ud800\\u00"', "Incorrect hex digit after \\u escape in string.", 1),
    (b"// comment", "Invalid value.", 0),
]


@pytest.mark.parametrize(("body", "message", "offset"), PARSE_ERRORS)
def test_parse_of_a_broken_text_names_fault_and_offset(body: bytes, message: str, offset: int) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_json(body)
    assert caught.value.message == f"JSON Parse error: {message} at offset: {offset}"


def test_parse_of_nothing_has_a_text_of_its_own() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_json(b"")
    assert caught.value.message == "JSON Parse error: The document is empty"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"1", 1),
        (b"-0", 0),
        (b"-0.0", -0.0),
        (b"1.0", 1.0),
        (b"1e3", 1000.0),
        (b"18446744073709551615", 2**64 - 1),
        (b"18446744073709551616", 2.0**64),
        (b"-9223372036854775808", -(2**63)),
        (b"-9223372036854775809", -(2.0**63)),
        (b"1e-400", 0.0),
        (b"5e-324", 5e-324),  # Subnormals are kept, which TF Serving does not do.
        (b"1.8e308", math.inf),
        (b"0." + b"0" * 320 + b"1e330", 1e9),
        (b"Inf", math.inf),
        (b"-Infinity", -math.inf),
        (b"NaN.5", 0.5),
        (b"-Infe3", -0.0),
        (b"NaInf", math.inf),
        (b"0e308", 0.0),
        (b"true", True),
        (b"null", None),
        (b"[ ]", []),
        (b"[1, 2.5,NaN.5, -3]", [1, 2.5, 0.5, -3]),
        (b"[1.8e308, 1, 2]", [math.inf, 1, 2]),
        (b"[0e5, 1]", [0.0, 1]),
        (b"[[1,2],[3]]", [[1, 2], [3]]),
        (b'"\\u0041\\n\\/\\u00e9\\ud83d\\ude00"', b"A\n/\xc3\xa9\xf0\x9f\x98\x80"),
        (b'"\xff\xfe\x7f"', b"\xff\xfe\x7f"),
        (b'"\xff\\n\\u0041"', b"\xff\nA"),
        (b'"\\udc00"', b"\xed\xb0\x80"),
        (b'"\\u0000"', b"\0"),
        (b'"\\\\"', b"\\"),
        (b"\xef\xbb\xbf1", 1),
        (b"\xef\xbb1", 1),
        (b"1 trailing", 1),
        (b"[1]\0\xff", [1]),
    ],
)
def test_parse_of_a_good_text_is_its_value(body: bytes, value: JsonValue) -> None:
    parsed = parse_json(body)
    assert repr(parsed) == repr(value)  # Types and signs of zero count.


@pytest.mark.parametrize("body", [b"NaN", b"-NaN"])
def test_parse_of_nan_is_nan(body: bytes) -> None:
    parsed = parse_json(body)
    assert isinstance(parsed, float)
    assert math.isnan(parsed)
    assert math.copysign(1, parsed) == 1


def test_parse_of_an_object_keeps_all_members() -> None:
    parsed = parse_json(b'{"b": 1, "a": {"x": []}, "b": 2}')
    assert isinstance(parsed, JsonObject)
    assert [key for key, _ in parsed.members] == [b"b", b"a", b"b"]
    assert parsed.find(b"b") == (b"b", 1)
    assert parsed.find(b"c") is None


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_parse_of_very_deep_nesting_does_not_fail(opening: bytes) -> None:
    with pytest.raises(InvalidArgumentError, match=r"Invalid value\. at offset: "):
        parse_json(opening * 100_000)


def test_parse_of_half_a_million_lists_returns_them() -> None:
    parsed = parse_json(b"[" * 500_000 + b"]" * 500_000)
    depth = 0
    while isinstance(parsed, list) and parsed:
        depth += 1
        parsed = parsed[0]
    assert depth == 499_999


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"1.8e308," * 30_000,
        b"[" + b"0e9," * 50_000,
        b"[" + b"1 " * 100_000,
        b'"' + b"\\n" * 100_000,
        b'"' + b'\\"' * 100_000,
        b'"' + b"\\" * 200_001,
        b"[" + b"1," * 100_000 + b"x",
        b"1." + b"3" * 500_000 + b"e",
        b"1e" + b"0" * 500_000 + b"9" * 5_000,
    ],
)
@pytest.mark.timeout(30)  # Quadratic time would take much longer.
def test_parse_of_long_hostile_texts_takes_linear_time(body: bytes) -> None:
    with pytest.raises(InvalidArgumentError, match="JSON Parse error"):
        parse_json(body)


@given(st.binary(max_size=40) | st.text('{}[]",:0123.eE+-\\unfNaInity \n', max_size=40).map(str.encode))
def test_parse_of_any_bytes_raises_nothing_unexpected(body: bytes) -> None:
    with contextlib.suppress(InvalidArgumentError):
        parse_json(body)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_parse_of_a_double_is_correctly_rounded(value: float) -> None:
    assert parse_json(f"{value:.25e}".encode()) == value
