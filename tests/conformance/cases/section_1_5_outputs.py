"""§1.5: error texts about data types and outputs; how values are quoted; what the graph says."""

from __future__ import annotations

from functools import partial

import pytest

from conformance.case import RestCase, ScenarioCase
from conformance.stage import Stage
from tfsctl.codec.json_tensor import Format, encode_predictions
from tfsctl.errors import InvalidArgumentError

_bad = partial(RestCase, section="1.5", status=400)
_INNER = "Failed to process element: 0 of 'instances' list. Error: UNIMPLEMENTED: "


def _refused_input(name: str, dtype: str) -> tuple[RestCase, ...]:
    """A type that JSON cannot express: 501 for whole tensors, 400 in a list of items, and for objects."""
    target = f"/v1/models/identity_{name}:predict"
    text = f"Conversion of JSON Value: 1.0 to type: {dtype}"
    return (
        RestCase(
            section="1.5", what=f"{dtype} in inputs", target=target, body='{"inputs": [1.0]}', status=501, error=text
        ),
        _bad(what=f"{dtype} in instances", target=target, body='{"instances": [1.0]}', error=_INNER + text),
        _bad(
            what=f"object for {dtype}",
            target=target,
            body='{"inputs": {"x": [{"b64": "YQ=="}]}}',
            error=f'JSON Value: {{\n    "b64": "YQ=="\n}} Type: Object is not of expected type: {dtype}',
        ),
    )


def _output(what: str, signature: str, error: str | tuple[str, ...], *, key: str = "instances") -> RestCase:
    body = f'{{"signature_name": "{signature}", "{key}": [1.0, 2.0]}}'
    return _bad(what=what, target="/v1/models/outputs:predict", body=body, error=error)


def _refused_output(dtype: str, signature: str) -> tuple[RestCase, ...]:
    text = f"Failed to write JSON value for tensor type: {dtype}"
    return (
        _output(f"{dtype} as a row of an answer", signature, text),
        _output(f"{dtype} as a column of an answer", signature, text, key="inputs"),
    )


def _dump(what: str, body: str, dump: str) -> RestCase:
    """A value that is quoted because it is no object."""
    return _bad(
        what=what, target="/v1/models/half_plus_two:predict", body=body, error=f"JSON Value: {dump} Is not object"
    )


def _quoted(what: str, body: str, dump: str) -> RestCase:
    """A document that is quoted because its signature name is no string."""
    text = f"JSON Value: {dump} not formatted correctly. 'signature_name' key must be a string value."
    return _bad(what=what, target="/v1/models/half_plus_two:predict", body=body, error=text)


def _write_nothing(_: Stage) -> None:
    for form in Format:
        with pytest.raises(InvalidArgumentError, match=r"^Cannot convert empty tensor map to JSON$"):
            encode_predictions({}, form)


CASES = (
    *_refused_input("uint16", "uint16"),
    *_refused_input("complex64", "complex64"),
    *_refused_input("complex128", "complex128"),
    *_refused_input("qint8", "qint8"),
    *_refused_input("quint8", "quint8"),
    *_refused_input("qint16", "qint16"),
    *_refused_input("quint16", "quint16"),
    *_refused_input("qint32", "qint32"),
    _bad(
        what="object for half",
        target="/v1/models/identity_float16:predict",
        body='{"inputs": [{"a": 1}]}',
        error='JSON Value: {\n    "a": 1\n} Type: Object is not of expected type: half',
    ),
    _bad(
        what="object for bfloat16",
        target="/v1/models/identity_bfloat16:predict",
        body='{"inputs": [{"a": 1}]}',
        error='JSON Value: {\n    "a": 1\n} Type: Object is not of expected type: bfloat16',
    ),
    # Outputs.
    _output("scalar output in a row answer", "count", "Tensor name: total has no shape information "),
    _output(
        "outputs disagree on the number of rows",
        "uneven",
        (
            "Tensor name: b has inconsistent batch size: 4 expecting: 2",
            "Tensor name: a has inconsistent batch size: 2 expecting: 4",
        ),
    ),
    *_refused_output("complex64", "to_complex64"),
    *_refused_output("complex128", "to_complex128"),
    *_refused_output("uint16", "to_uint16"),
    *_refused_output("qint8", "to_qint8"),
    # The session refuses to run for nothing, so that the text of the JSON writer is never seen.
    _output("signature without outputs", "nothing", "Must specify at least one target to fetch or execute."),
    ScenarioCase(section="1.5", what="no outputs to write", play=_write_nothing),
    # How values are quoted.
    _dump("quoted list on one line", '[1,2.5,"a",true,false,null]', '[1, 2.5, "a", true, false, null]'),
    _dump("quoted lists in a list", "[[1,2],[],[[3]]]", "[[1, 2], [], [[3]]]"),
    _dump(
        "quoted object in a list",
        '[{"a":1,"b":{"c":[]}}]',
        '[{\n        "a": 1,\n        "b": {\n            "c": []\n        }\n    }]',
    ),
    _dump("quoted empty object in a list", "[{}, {}]", "[{}, {}]"),
    _dump(
        "quoted string with escapes", r'"a\"\\\/\b\f\n\r\t\u0001\u007f\u00e9"', '"a\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7fé"'
    ),
    _dump("quoted numbers", "[1.0, 1e3, -0, -0.0, 1e30, 123456789012]", "[1.0, 1000.0, 0, -0.0, 1e30, 123456789012]"),
    _dump("quoted small numbers", "[0.1, 1e-5, 1e-7, 1.5e-9]", "[0.1, 0.00001, 1e-7, 1.5e-9]"),
    _dump(
        "quoted large integers",
        "[18446744073709551615, 18446744073709551616]",
        "[18446744073709551615, 18446744073709552000.0]",
    ),
    _dump("quoted nan ends it", "[NaN, 1]", "["),
    _dump("quoted infinity ends it", "[1, Infinity]", "[1, "),
    _quoted(
        "quoted document",
        '{"signature_name":5,"a":{"b":[1,{"c":2}]},"d":[]}',
        '{\n    "signature_name": 5,\n    "a": {\n        "b": [1, {\n                "c": 2\n            }]\n    },\n'
        '    "d": []\n}',
    ),
    _dump("quoted up to 256 bytes", "[" + ",".join("1" * 200) + "]", "[" + ", ".join("1" * 86)),
    _dump("quoted string is not cut", '["' + "x" * 300 + '", 1]', '["' + "x" * 300 + '"'),
    _dump("quoted string below 256 bytes", '["' + "x" * 250 + '"]', '["' + "x" * 250 + '"]'),
    # The graph has its own words, and rank and shape are its business.
    _bad(
        what="text of the graph",
        target="/v1/models/failing:predict",
        body='{"instances": [-1.0]}',
        contains=("assertion failed: [x must be positive]", "\\n\\t [[{{", 'Assert}}]]"'),
    ),
    RestCase(
        section="1.5",
        what="rank is not checked",
        target="/v1/models/half_plus_two:predict",
        body='{"inputs": [[[1.0, 2.0]]]}',
        json='{"outputs": [[[2.5, 3.0]]]}',
    ),
    RestCase(
        section="1.5",
        what="shape is not checked",
        target="/v1/models/half_plus_two:predict",
        body='{"inputs": [[1.0, 2.0, 5.0]]}',
        json='{"outputs": [[2.5, 3.0, 4.5]]}',
    ),
    RestCase(
        section="1.5",
        what="scalar for a vector",
        target="/v1/models/half_plus_two:predict",
        body='{"inputs": 1.0}',
        json='{"outputs": 2.5}',
    ),
)
