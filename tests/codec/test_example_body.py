"""JSON to tf.Example: every row of tensorflow-serving.md §6.2."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tfsctl.codec.example import parse_examples_body
from tfsctl.errors import InvalidArgumentError
from tfsctl.protos import Example

MAX_INT64 = 2**63 - 1


def feature_of(value: str, name: str = "f") -> Any:
    """The Feature that a JSON text becomes."""
    return example_of(f'{{"f": {value}}}').features.feature[name]


def example_of(text: str) -> Any:
    (serialized,) = parse_examples_body(b'{"examples": [' + text.encode() + b"]}").examples
    return Example.FromString(serialized)


def refusal(body: str | bytes) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_examples_body(body if isinstance(body, bytes) else body.encode())
    return caught.value.message


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("1.5", "float_list", [1.5]),
        ("2.0", "float_list", [2.0]),
        ("1e2", "float_list", [100.0]),
        ("-Infinity", "float_list", [-math.inf]),
        ("1e39", "float_list", [math.inf]),
        ("18446744073709551616", "float_list", [2.0**64]),
        ("[0.5, -0.0, 3.5]", "float_list", [0.5, 0.0, 3.5]),
        ("7", "int64_list", [7]),
        ("-1", "int64_list", [-1]),
        (str(MAX_INT64), "int64_list", [MAX_INT64]),
        (str(-MAX_INT64 - 1), "int64_list", [-MAX_INT64 - 1]),
        ("[1, 300, -2]", "int64_list", [1, 300, -2]),
        ("true", "int64_list", [1]),
        ("[true, 5, false]", "int64_list", [1, 5, 0]),
        ('"word"', "bytes_list", [b"word"]),
        ('"\\u00e9\\u0000"', "bytes_list", ["é".encode() + b"\0"]),
        ('{"b64": "//4="}', "bytes_list", [b"\xff\xfe"]),
        ('["a", {"b64": "Yg"}, ""]', "bytes_list", [b"a", b"b", b""]),
    ],
)
def test_a_value_becomes_a_list_of_its_kind(value: str, kind: str, expected: list[Any]) -> None:
    feature = feature_of(value)
    assert feature.WhichOneof("kind") == kind
    assert list(getattr(feature, kind).value) == expected


def test_nan_is_a_float() -> None:
    assert math.isnan(feature_of("NaN").float_list.value[0])


def test_an_empty_list_is_a_feature_of_no_kind() -> None:
    example = example_of('{"f": []}')
    assert list(example.features.feature) == ["f"]
    assert example.features.feature["f"].WhichOneof("kind") is None


def test_a_key_that_occurs_twice_takes_the_last_value() -> None:
    assert list(feature_of('1, "f": [2.5]').float_list.value) == [2.5]


def test_a_key_ends_at_a_nul() -> None:
    assert list(example_of('{"a\\u0000b": 1}').features.feature) == ["a"]


def test_an_example_may_be_empty() -> None:
    assert not example_of("{}").features.feature


def test_all_examples_come_in_their_order() -> None:
    body = parse_examples_body(b'{"signature_name": "s", "examples": [{"x": 1}, {"x": 2}]}')
    values = [Example.FromString(example).features.feature["x"].int64_list.value[0] for example in body.examples]
    assert (body.signature_name, values) == ("s", [1, 2])


def test_a_context_is_in_each_example_and_yields_to_it() -> None:
    text = b'{"context": {"x": 1, "y": 2}, "examples": [{"x": 3}, {"z": "w"}]}'
    first, second = (Example.FromString(example).features.feature for example in parse_examples_body(text).examples)
    assert {name: first[name].int64_list.value[0] for name in first} == {"x": 3, "y": 2}
    assert sorted(second) == ["x", "y", "z"]
    assert second["x"].int64_list.value[0] == 1


def test_many_features_pass() -> None:
    features = {f"f{index}": [index, index + 1] for index in range(300)}
    decoded = example_of(json.dumps(features)).features.feature
    assert {name: list(decoded[name].int64_list.value) for name in decoded} == features


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (str(MAX_INT64 + 1), "Feature: f has uint64_t element. Only int64_t is supported."),
        ("[1, 18446744073709551615]", "Feature: f has uint64_t element. Only int64_t is supported."),
        ("null", "Feature: f has element with unexpected JSON type: Null"),
        ("[1, null]", "Feature: f has element with unexpected JSON type: Null"),
        ("[[1]]", "Feature: f has element with unexpected JSON type: Array"),
        ('{"a": 1}', "Feature: f has element with unexpected JSON type: Object"),
        ('{"b64": 1}', "Feature: f has element with unexpected JSON type: Object"),
        ('{"b64": "YQ==", "c": 1}', "Feature: f has element with unexpected JSON type: Object"),
        ("[1, 2.0]", "Unexpected element type in feature: f expecting type: int64"),
        ("[true, 2.0]", "Unexpected element type in feature: f expecting type: int64"),
        ('[1, "a"]', "Unexpected element type in feature: f expecting type: int64"),
        ("[1.0, 2]", "Unexpected element type in feature: f expecting type: float"),
        ("[1.0, true]", "Unexpected element type in feature: f expecting type: float"),
        (f"[1.0, {MAX_INT64 + 1}]", "Unexpected element type in feature: f expecting type: float"),
        ('["a", 1]', "Unexpected element type in feature: f expecting type: bytes"),
        ('[{"b64": "YQ=="}, false]', "Unexpected element type in feature: f expecting type: bytes"),
        ('[1, {"b64": "YQ=="}]', "Unexpected element type in feature: f expecting type: int64"),
        ('{"b64": "!"}', "Unable to base64 decode"),
    ],
)
def test_a_value_that_is_no_feature_is_refused(value: str, text: str) -> None:
    assert refusal(f'{{"examples": [{{"good": 1}}, {{"f": {value}}}]}}') == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"[]", "JSON Value: [] Is not object"),
        (
            b'{"signature_name": 1, "examples": 5}',
            (
                'JSON Value: {\n    "signature_name": 1,\n    "examples": 5\n} not formatted correctly.'
                " 'signature_name' key must be a string value."
            ),
        ),
        (
            b"{}",
            "JSON Value: {} When method is classify, key 'examples' is expected and was not found",
        ),
        (
            b'{"examples": {}}',
            "JSON Value: {\n    \"examples\": {}\n} Expecting 'examples' value to be an list/array",
        ),
        (b'{"examples": []}', "JSON Value: {\n    \"examples\": []\n} 'examples' value is an empty array"),
        (b'{"examples": [[1]]}', "Example must be JSON object but got JSON Array"),
        (b'{"examples": [{}, "a"]}', "Example must be JSON object but got JSON String"),
        (b'{"context": 1, "examples": 5}', "Example must be JSON object but got JSON Number"),
        (b'{"context": {"f": null}}', "Feature: f has element with unexpected JSON type: Null"),
    ],
    ids=["empty", "array", "name", "no examples", "object", "none", "list", "string", "context", "feature in context"],
)
def test_a_body_without_examples_is_refused(body: bytes, text: str) -> None:
    assert refusal(body) == text
