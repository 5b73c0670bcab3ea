"""§1.6: request bodies, and how the answer mirrors them."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase
from conformance.cases.pages import TWO_AND_A_HALF

_case = partial(RestCase, section="1.6")
_bad = partial(RestCase, section="1.6", status=400)


def _model(name: str, what: str, body: str | bytes, answer: str) -> RestCase:
    return _case(what=what, target=f"/v1/models/{name}:predict", body=body, json=answer)


_half = partial(_model, "half_plus_two")
_sum = partial(_model, "sum_difference")
_float = partial(_model, "identity_float32")
_string = partial(_model, "identity_string")
_outputs = partial(_model, "outputs")

CASES = (
    # Keys at the top.
    _half("signature name", '{"signature_name": "serving_default", "instances": [1.0]}', TWO_AND_A_HALF),
    _half("empty signature name", '{"signature_name": "", "instances": [1.0]}', TWO_AND_A_HALF),
    _half("signature name last", '{"instances": [1.0], "signature_name": "serving_default"}', TWO_AND_A_HALF),
    _half(
        "another signature", '{"signature_name": "regress_x2_to_y3", "instances": [[2.0]]}', '{"predictions": [[4.0]]}'
    ),
    _half("unknown keys", '{"x": {"y": [null]}, "instances": [1.0], "z": 1}', TWO_AND_A_HALF),
    _half("first of two equal keys", '{"instances": [1.0], "instances": "b"}', TWO_AND_A_HALF),
    _half(
        "first of two signature names",
        '{"signature_name": "serving_default", "signature_name": 5, "instances": [1.0]}',
        TWO_AND_A_HALF,
    ),
    _half("bytes behind the end", '{"instances": [1.0]} and more {[', TWO_AND_A_HALF),
    _half("second document behind the end", '{"instances": [1.0]}{"instances": [2.0]}', TWO_AND_A_HALF),
    _half("nul behind the end", b'{"instances": [1.0]}\0', TWO_AND_A_HALF),
    _half("white space everywhere", ' \t\r\n{ "instances"\n:\t[ 1.0 ] \r}\n', TWO_AND_A_HALF),
    _half("byte order mark", b'\xef\xbb\xbf{"instances": [1.0]}', TWO_AND_A_HALF),
    _half("byte order mark cut short", b'\xef\xbb{"instances": [1.0]}', TWO_AND_A_HALF),
    _half("escapes in a key", r'{"inst\u0061nces": [1.0]}', TWO_AND_A_HALF),
    _bad(
        what="utf-16",
        target="/v1/models/half_plus_two:predict",
        body='{"instances": [1.0]}'.encode("utf-16"),
        starts='{\n    "error": "JSON Parse error: Invalid value. at offset: 0',
    ),
    _half(
        "nesting of 500000 levels",
        b'{"x": ' + b"[" * 500_000 + b"]" * 500_000 + b', "instances": [1.0]}',
        TWO_AND_A_HALF,
    ),
    # classify and regress.
    _case(
        what="classify",
        target="/v1/models/half_plus_two:classify",
        body='{"signature_name": "classify_x_to_y", "examples": [{"x": 2.0}]}',
        json='{"results": [[["", 3.0]]]}',
    ),
    _case(
        what="classify with a context",
        target="/v1/models/half_plus_two:classify",
        body='{"signature_name": "classify_x_to_y", "context": {"x": 4.0}, "examples": [{}, {"x": 2.0}]}',
        json='{"results": [[["", 4.0]], [["", 3.0]]]}',
    ),
    _case(
        what="regress with unknown keys",
        target="/v1/models/half_plus_two:regress",
        body='{"a": [1], "signature_name": "regress_x_to_y", "examples": [{"x": 2.0}], "instances": 5}',
        json='{"results": [3.0]}',
    ),
    # Rows.
    _half("bare scalars", '{"instances": [1.0, 2.0, 5.0]}', '{"predictions": [2.5, 3.0, 4.5]}'),
    _half("bare lists", '{"instances": [[1.0], [2.0]]}', '{"predictions": [[2.5], [3.0]]}'),
    _half("named scalars", '{"instances": [{"x": 1.0}, {"x": 2.0}]}', '{"predictions": [2.5, 3.0]}'),
    _half("named lists", '{"instances": [{"x": [1.0]}, {"x": [2.0]}]}', '{"predictions": [[2.5], [3.0]]}'),
    _float(
        "shape of rows",
        '{"instances": [[[1, 2, 3], [4, 5, 6]]]}',
        '{"predictions": [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]}',
    ),
    _float("rows of empty lists", '{"instances": [[], []]}', '{"predictions": [[], []]}'),
    _sum(
        "several inputs",
        '{"instances": [{"a": 1.5, "b": 1}, {"b": 3, "a": 2.0}]}',
        '{"predictions": [{"sum": 2.5, "difference": 0.5}, {"sum": 5.0, "difference": -1.0}]}',
    ),
    _model("table", "bare item of an input of any name", '{"instances": ["one", "nine"]}', '{"predictions": [1, -1]}'),
    _string("bare base64", '{"instances": [{"b64": "YQ=="}, "b"]}', '{"predictions": ["a", "b"]}'),
    _string("named base64", '{"instances": [{"x": {"b64": "YQ=="}}]}', '{"predictions": ["a"]}'),
    _string("base64 in lists", '{"instances": [["a", {"b64": "Yg=="}]]}', '{"predictions": [["a", "b"]]}'),
    _bad(
        what="defaults are not for rows",
        target="/v1/models/half_plus_two_tf2:predict",
        body='{"instances": [{}]}',
        error="Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: x",
    ),
    # Columns.
    _half("column as a list", '{"inputs": [1.0, 2.0]}', '{"outputs": [2.5, 3.0]}'),
    _half("column by name", '{"inputs": {"x": [1.0, 2.0]}}', '{"outputs": [2.5, 3.0]}'),
    _half("scalar column", '{"inputs": 1.0}', '{"outputs": 2.5}'),
    _half("scalar column by name", '{"inputs": {"x": 1.0}}', '{"outputs": 2.5}'),
    _string("base64 as a column", '{"inputs": {"b64": "YQ=="}}', '{"outputs": "a"}'),
    _float("empty column", '{"inputs": []}', '{"outputs": []}'),
    _float("column of rank 3", '{"inputs": [[[1, 2], [3, 4]]]}', '{"outputs": [[[1.0, 2.0], [3.0, 4.0]]]}'),
    _sum(
        "several columns",
        '{"inputs": {"a": [1.5, 2.0], "b": [1, 3]}}',
        '{"outputs": {"sum": [2.5, 5.0], "difference": [0.5, -1.0]}}',
    ),
    _sum(
        "columns of different shapes",
        '{"inputs": {"a": [[1.5], [2.0]], "b": 1}}',
        '{"outputs": {"sum": [[2.5], [3.0]], "difference": [[0.5], [1.0]]}}',
    ),
    _bad(
        what="defaults are not for columns",
        target="/v1/models/half_plus_two_tf2:predict",
        body='{"inputs": {}}',
        error="Missing named input: x in 'inputs' object.",
    ),
    # The answer.
    _outputs(
        "several outputs in rows",
        '{"signature_name": "several", "instances": [0.0, 0.0]}',
        '{"predictions": [{"a": [1.0, 2.0], "b": 7}, {"a": [1.0, 2.0], "b": 7}]}',
    ),
    _outputs(
        "several outputs in columns",
        '{"signature_name": "several", "inputs": [0.0, 0.0]}',
        '{"outputs": {"a": [[1.0, 2.0], [1.0, 2.0]], "b": [7, 7]}}',
    ),
    _outputs(
        "more rows than instances",
        '{"signature_name": "pair", "instances": [5.0]}',
        '{"predictions": [1.0, 2.0]}',
    ),
    _outputs(
        "fewer rows than instances",
        '{"signature_name": "pair", "instances": [5.0, 5.0, 5.0]}',
        '{"predictions": [1.0, 2.0]}',
    ),
    _outputs("no rows", '{"signature_name": "none", "instances": [5.0]}', '{"predictions": []}'),
    _outputs("no column", '{"signature_name": "none", "inputs": [5.0]}', '{"outputs": []}'),
    _outputs("scalar output as a column", '{"signature_name": "count", "inputs": [5.0, 6.0]}', '{"outputs": 2}'),
    _outputs(
        "outputs of different shapes as columns",
        '{"signature_name": "two_shapes", "inputs": [5.0, 6.0]}',
        '{"outputs": {"a": [5.0], "s": 5}}',
    ),
    _outputs(
        "output filter cannot be given",
        '{"signature_name": "several", "output_filter": ["b"], "instances": [0.0]}',
        '{"predictions": [{"a": [1.0, 2.0], "b": 7}]}',
    ),
)
