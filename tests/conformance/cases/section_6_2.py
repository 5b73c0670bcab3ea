"""§6.2: JSON to tf.Example. The model answers with the values that it finds in feature f, as texts."""

from __future__ import annotations

import json
from functools import partial

from conformance.case import RestCase

_TARGET = "/v1/models/features:classify"


def _holds(kind: str, given: str, *values: str, what: str) -> RestCase:
    """A feature that is a list of this kind, with these values."""
    classes = ", ".join(f"[{json.dumps(value)}, 0.0]" for value in values)
    return RestCase(
        section="6.2",
        what=what,
        target=_TARGET,
        body=f'{{"signature_name": "{kind}", "examples": [{{"f": {given}}}]}}',
        json=f'{{"results": [[{classes}]]}}',
    )


def _refused(what: str, given: str, error: str) -> RestCase:
    body = f'{{"signature_name": "int64s", "examples": [{{"f": {given}}}]}}'
    return RestCase(section="6.2", what=what, target=_TARGET, body=body, status=400, error=error)


def _clash(given: str, kind: str) -> RestCase:
    return _refused(
        f"{kind} and another kind, {given}", given, f"Unexpected element type in feature: f expecting type: {kind}"
    )


def _unexpected(what: str, given: str, kind: str) -> RestCase:
    return _refused(what, given, f"Feature: f has element with unexpected JSON type: {kind}")


_floats = partial(_holds, "floats")
_int64s = partial(_holds, "int64s")
_bytes = partial(_holds, "bytes")
_bad = partial(RestCase, section="6.2", target=_TARGET, status=400)
_classify_word = "When method is classify, key 'examples' is expected and was not found"

CASES = (
    # Numbers parsed as doubles.
    _floats("1.5", "1.5", what="number with a point"),
    _floats("1e2", "100", what="number with an exponent"),
    _floats("-0.0", "-0", what="minus zero with a point"),
    _floats("NaN", "nan", what="nan"),
    _floats("Infinity", "inf", what="infinity"),
    _floats("-Inf", "-inf", what="minus inf"),
    _floats("18446744073709551616", "1.84467e+19", what="number beyond 64 bits"),
    _floats("-9223372036854775809", "-9.22337e+18", what="negative number beyond 64 bits"),
    _floats("1e300", "inf", what="number beyond float32"),
    _floats("[1.5, 2.0, 1e1]", "1.5", "2", "10", what="list of numbers with a point"),
    # Integers.
    _int64s("1", "1", what="integer"),
    _int64s("-1", "-1", what="negative integer"),
    _int64s("9223372036854775807", "9223372036854775807", what="largest int64"),
    _int64s("-9223372036854775808", "-9223372036854775808", what="smallest int64"),
    _int64s("[1, 2, 3]", "1", "2", "3", what="list of integers"),
    _refused(
        "beyond int64",
        "9223372036854775808",
        "Feature: f has uint64_t element. Only int64_t is supported.",
    ),
    _refused(
        "beyond int64 in a list",
        "[1, 18446744073709551615]",
        "Feature: f has uint64_t element. Only int64_t is supported.",
    ),
    # Booleans.
    _int64s("true", "1", what="true"),
    _int64s("false", "0", what="false"),
    _int64s("[true, 5, false]", "1", "5", "0", what="booleans among integers"),
    # Strings.
    _bytes('"a"', "a", what="string"),
    _bytes('{"b64": "aGk="}', "hi", what="base64"),
    _bytes('["a", {"b64": "aGk="}, ""]', "a", "hi", "", what="strings and base64"),
    _bytes('"\\u00e9"', "é", what="string with an escape"),
    # Lists without elements have no kind.
    _int64s("[]", what="empty list as integers"),
    _floats("[]", what="empty list as floats"),
    _bytes("[]", what="empty list as strings"),
    # What is no value.
    _unexpected("null", "null", "Null"),
    _unexpected("null in a list", "[null]", "Null"),
    _unexpected("list in a list", "[[1]]", "Array"),
    _unexpected("list behind an integer", "[1, [2]]", "Array"),
    _unexpected("object", '{"a": 1}', "Object"),
    _unexpected("object in a list", '[{"a": 1}]', "Object"),
    _unexpected("base64 that is a number", '{"b64": 1}', "Object"),
    _refused("bad base64", '{"b64": "*"}', "Unable to base64 decode"),
    # Kinds that do not go together.
    _clash("[1, 2.0]", "int64"),
    _clash("[1, 2, 3e0]", "int64"),
    _clash("[true, 2.0]", "int64"),
    _clash('[1, "a"]', "int64"),
    _clash("[1.0, 2]", "float"),
    _clash("[1.0, true]", "float"),
    _clash('[1.0, "a"]', "float"),
    _clash('["a", 1]', "bytes"),
    _clash('["a", true]', "bytes"),
    _clash('[{"b64": "YQ=="}, 1.0]', "bytes"),
    # Around the examples.
    _bad(
        what="example is a list",
        body='{"examples": [[1]]}',
        error="Example must be JSON object but got JSON Array",
    ),
    _bad(what="example is a number", body='{"examples": [1]}', error="Example must be JSON object but got JSON Number"),
    _bad(
        what="example is null", body='{"examples": [{}, null]}', error="Example must be JSON object but got JSON Null"
    ),
    _bad(
        what="context is a string",
        body='{"context": "a", "examples": [{}]}',
        error="Example must be JSON object but got JSON String",
    ),
    _bad(
        what="context is a list",
        body='{"context": [], "examples": [{}]}',
        error="Example must be JSON object but got JSON Array",
    ),
    _bad(
        what="context before examples",
        body='{"examples": [1], "context": "a"}',
        error="Example must be JSON object but got JSON String",
    ),
    _bad(
        what="context before missing examples",
        body='{"context": []}',
        error="Example must be JSON object but got JSON Array",
    ),
    _bad(
        what="classify without examples",
        body='{"signature_name": "a"}',
        error=f'JSON Value: {{\n    "signature_name": "a"\n}} {_classify_word}',
    ),
    _bad(
        what="regress without examples",
        target="/v1/models/features:regress",
        body='{"instances": [1]}',
        error=f'JSON Value: {{\n    "instances": [1]\n}} {_classify_word}',
    ),
    _bad(
        what="examples is an object",
        body='{"examples": {"x": 1}}',
        error='JSON Value: {\n    "examples": {\n        "x": 1\n    }\n} '
        "Expecting 'examples' value to be an list/array",
    ),
    _bad(
        what="examples is empty",
        body='{"examples": []}',
        error="JSON Value: {\n    \"examples\": []\n} 'examples' value is an empty array",
    ),
    RestCase(
        section="6.2",
        what="last of two equal features",
        target=_TARGET,
        body='{"signature_name": "int64s", "examples": [{"f": 1, "f": 2}]}',
        json='{"results": [[["2", 0.0]]]}',
    ),
    RestCase(
        section="6.2",
        what="another kind in another example",
        target=_TARGET,
        body='{"signature_name": "int64s", "examples": [{"f": [1, 2], "g": "a"}, {"f": 3, "g": 1.5}]}',
        json='{"results": [[["1", 0.0], ["2", 0.0]], [["3", 0.0], ["", 0.0]]]}',
    ),
)
