"""§1.5: error texts about the body of predict."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase

_bad = partial(RestCase, section="1.5", status=400)


def _half(what: str, body: str, error: str) -> RestCase:
    """To a model with the one input x, a float."""
    return _bad(what=what, target="/v1/models/half_plus_two:predict", body=body, error=error)


def _sum(what: str, body: str, error: str) -> RestCase:
    """To a model with the inputs a, a float, and b, an int32."""
    return _bad(what=what, target="/v1/models/sum_difference:predict", body=body, error=error)


def _strings(what: str, body: str, error: str) -> RestCase:
    """To a model with the one input x, strings of any shape."""
    return _bad(what=what, target="/v1/models/identity_string:predict", body=body, error=error)


def _any(what: str, body: str, error: str) -> RestCase:
    """To a model with the one input x, float32 of any shape."""
    return _bad(what=what, target="/v1/models/identity_float32:predict", body=body, error=error)


def _item(number: int, text: str, *, key: str = "") -> str:
    """What stands before an error in one of the instances."""
    which = f"{number} key: {key}" if key else f"{number}"
    return f"Failed to process element: {which} of 'instances' list. Error: INVALID_ARGUMENT: {text}"


_PLAIN_LIST = (
    "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map"
)
_PLAIN_VALUE = (
    "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map"
)

CASES = (
    # The two keys.
    _half(
        "both keys",
        '{"instances": [1.0], "inputs": [1.0]}',
        'JSON Value: {\n    "instances": [1.0],\n    "inputs": [1.0]\n} Not formatted correctly expecting only one of '
        "'inputs' or 'instances' keys to exist ",
    ),
    _half("neither key", "{}", "Missing 'inputs' or 'instances' key"),
    _half("neither key, but others", '{"instance": [1.0], "examples": []}', "Missing 'inputs' or 'instances' key"),
    _half(
        "instances is an object",
        '{"instances": {"x": 1.0}}',
        'JSON Value: {\n    "instances": {\n        "x": 1.0\n    }\n} Expecting \'instances\' to be an list/array',
    ),
    _half(
        "instances is a number",
        '{"instances": 1.0}',
        "JSON Value: {\n    \"instances\": 1.0\n} Expecting 'instances' to be an list/array",
    ),
    _half(
        "instances is a string",
        '{"instances": "a"}',
        'JSON Value: {\n    "instances": "a"\n} Expecting \'instances\' to be an list/array',
    ),
    _half(
        "instances is null",
        '{"instances": null}',
        "JSON Value: {\n    \"instances\": null\n} Expecting 'instances' to be an list/array",
    ),
    _half(
        "instances is empty",
        '{"instances": []}',
        "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array",
    ),
    # Lists and objects.
    _sum("plain list for several inputs", '{"instances": [1.0, 2.0]}', _PLAIN_LIST),
    _sum("list of lists for several inputs", '{"instances": [[1.0, 2]]}', _PLAIN_LIST),
    _sum("plain list of inputs for several", '{"inputs": [1.0, 2.0]}', _PLAIN_VALUE),
    _sum("plain value for several inputs", '{"inputs": 1.0}', _PLAIN_VALUE),
    _sum(
        "object, then value",
        '{"instances": [{"a": 1.0, "b": 1}, 2.0]}',
        "Expecting object but got list at item 1 of input list",
    ),
    _half(
        "object, then value, one input",
        '{"instances": [{"x": [1.0]}, {"x": [1.0]}, [2.0]]}',
        "Expecting object but got list at item 2 of input list",
    ),
    _half(
        "value, then object",
        '{"instances": [[1.0], {"x": [2.0]}]}',
        "Expecting value/list but got object at item 1 of input list",
    ),
    _strings(
        "base64, then object",
        '{"instances": [{"b64": "YQ=="}, {"x": "a"}]}',
        "Expecting value/list but got object at item 1 of input list",
    ),
    # Names of inputs.
    _half(
        "key that is no input",
        '{"instances": [{"z": 1.0}]}',
        _item(0, "JSON object: does not have named input: z", key="z"),
    ),
    _sum(
        "further key that is no input",
        '{"instances": [{"a": 1.0, "b": 1}, {"a": 1.0, "b": 1, "c": 1}]}',
        _item(1, "JSON object: does not have named input: c", key="c"),
    ),
    _sum(
        "key missing in an item",
        '{"instances": [{"a": 1.0}]}',
        "Failed to process element: 0 of 'instances' list. JSON object: {\n    \"a\": 1.0\n} "
        "keys must be equal to: a,b",
    ),
    _sum(
        "key missing in a later item",
        '{"instances": [{"a": 1.0, "b": 2}, {"b": 3}]}',
        "Failed to process element: 1 of 'instances' list. JSON object: {\n    \"b\": 3\n} keys must be equal to: a,b",
    ),
    _half(
        "empty object as an item",
        '{"instances": [{}]}',
        "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: x",
    ),
    _bad(
        what="names of three inputs are sorted",
        target="/v1/models/outputs:predict",
        body='{"signature_name": "three", "instances": [{"b": "t"}]}',
        error='Failed to process element: 0 of \'instances\' list. JSON object: {\n    "b": "t"\n} '
        "keys must be equal to: a,b,c",
    ),
    _sum("input missing in inputs", '{"inputs": {"a": [1.0]}}', "Missing named input: b in 'inputs' object."),
    _half("input misnamed in inputs", '{"inputs": {"z": [1.0]}}', "Missing named input: x in 'inputs' object."),
    _half("inputs without any", '{"inputs": {}}', "Missing named input: x in 'inputs' object."),
    RestCase(
        section="1.5",
        what="further key in inputs is ignored",
        target="/v1/models/half_plus_two:predict",
        body='{"inputs": {"x": [1.0], "z": "anything"}}',
        json='{"outputs": [2.5]}',
    ),
    # Values.
    _half(
        "wrong type in an item",
        '{"instances": [1.0, "a"]}',
        _item(1, 'JSON Value: "a" Type: String is not of expected type: float'),
    ),
    _half(
        "wrong type in a named item",
        '{"instances": [{"x": null}]}',
        _item(0, "JSON Value: null Type: Null is not of expected type: float", key="x"),
    ),
    _sum(
        "wrong type in the second of two inputs",
        '{"instances": [{"a": 1.0, "b": 1.5}]}',
        _item(0, "JSON Value: 1.5 Type: Number is not of expected type: int32", key="b"),
    ),
    _half("wrong type in inputs", '{"inputs": [true]}', "JSON Value: true Type: True is not of expected type: float"),
    _half(
        "another wrong type in inputs",
        '{"inputs": [false]}',
        "JSON Value: false Type: False is not of expected type: float",
    ),
    _half(
        "object as a value",
        '{"inputs": [{"a": 1}]}',
        'JSON Value: {\n    "a": 1\n} Type: Object is not of expected type: float',
    ),
    _half(
        "base64 as a float",
        '{"inputs": {"b64": "YQ=="}}',
        'JSON Value: {\n    "b64": "YQ=="\n} Type: Object is not of expected type: float',
    ),
    _strings("number as a string", '{"inputs": [1]}', "JSON Value: 1 Type: Number is not of expected type: string"),
    _strings(
        "object that is not base64",
        '{"inputs": [{"a": 1}]}',
        'JSON Value: {\n    "a": 1\n} not formatted correctly for base64 data',
    ),
    _strings(
        "base64 and another key",
        '{"inputs": [{"b64": "YQ==", "a": 1}]}',
        'JSON Value: {\n    "b64": "YQ==",\n    "a": 1\n} not formatted correctly for base64 data',
    ),
    _strings(
        "base64 that is a number",
        '{"instances": [[{"b64": 5}]]}',
        _item(0, 'JSON Value: {\n    "b64": 5\n} not formatted correctly for base64 data'),
    ),
    _strings("bad base64", '{"inputs": [{"b64": "*"}]}', "Unable to base64 decode"),
    _strings("bad base64 in an item", '{"instances": ["a", {"b64": "a"}]}', _item(1, "Unable to base64 decode")),
    # Shapes inside an item.
    _any(
        "sublist too short",
        '{"instances": [[[1, 2], [3]]]}',
        _item(0, "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
    ),
    _any(
        "sublist too long",
        '{"inputs": [[1, 2], [3, 4, 5]]}',
        "Encountered list at unexpected size: 3 at level: 1 expected size: 2",
    ),
    _any("deeper than the first", '{"inputs": [1, [2]]}', "Encountered list at unexpected level: 1 expected < 1"),
    _any(
        "deeper than the first in an item",
        '{"instances": [{"x": [1, [2]]}]}',
        _item(0, "Encountered list at unexpected level: 1 expected < 1", key="x"),
    ),
    _any(
        "less deep than the first",
        '{"inputs": [[1], 1]}',
        "JSON Value: 1 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ),
    _any(
        "much less deep than the first",
        '{"instances": [[[[1]], 5]]}',
        _item(0, "JSON Value: 5 found at incorrect level: 2 in the JSON DOM. Expected at level: 3"),
    ),
    # Shapes of several items.
    _any("items of other sizes", '{"instances": [[1, 2], [1, 2, 3]]}', _item(1, "Expecting tensor size: 2 but got: 3")),
    _any(
        "named items of other sizes",
        '{"instances": [{"x": [1, 2]}, {"x": [1]}]}',
        _item(1, "Expecting tensor size: 2 but got: 1", key="x"),
    ),
    _any("items of other shapes", '{"instances": [[1, 2], [[1, 2]]]}', _item(1, "Expecting shape [2] but got: [1,2]")),
    _any("scalar, then list", '{"instances": [1, [1]]}', _item(1, "Expecting shape [] but got: [1]")),
    _any("list, then scalar", '{"instances": [[1], 1]}', _item(1, "Expecting shape [1] but got: []")),
)
