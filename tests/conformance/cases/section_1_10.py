"""§1.10: layouts to the byte."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase

_case = partial(RestCase, section="1.10")
_outputs = partial(RestCase, section="1.10", target="/v1/models/outputs:predict")
_half = partial(RestCase, section="1.10", target="/v1/models/half_plus_two:predict")

_ROW = """
        {
            "a": [1.0, 2.0],
            "b": 7
        }"""
_TURNED_ROW = """
        {
            "b": 7,
            "a": [1.0, 2.0]
        }"""
_BYTES_ROW = """
        {
            %s
        }"""
_C_BYTES = """"c_bytes": [{
                    "b64": "aGk="
                }, {
                    "b64": "aGk="
                }]"""


def _rows(*rows: str) -> str:
    return '{\n    "predictions": [' + ",".join(rows) + "\n    ]\n}"


CASES = (
    # Rows.
    _half(
        what="row of scalars",
        body='{"instances": [1.0, 2.0, 5.0]}',
        text='{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}',
    ),
    _outputs(
        what="row of lists",
        body='{"signature_name": "matrix", "instances": [0.0, 0.0]}',
        text='{\n    "predictions": [[1.0, 2.0], [1.0, 2.0]\n    ]\n}',
    ),
    _outputs(
        what="no rows",
        body='{"signature_name": "none", "instances": [0.0]}',
        text='{\n    "predictions": []\n}',
    ),
    _outputs(
        what="rows of several outputs",
        body='{"signature_name": "several", "instances": [0.0, 0.0]}',
        text=(_rows(_ROW, _ROW), _rows(_TURNED_ROW, _TURNED_ROW)),
    ),
    _outputs(
        what="one row of several outputs",
        body='{"signature_name": "several", "instances": [0.0]}',
        text=(_rows(_ROW), _rows(_TURNED_ROW)),
    ),
    _outputs(
        what="row of base64",
        body='{"signature_name": "row_bytes", "instances": ["hi", "hi"]}',
        text='{\n    "predictions": [{\n            "b64": "aGk="\n        }, {\n            "b64": "aGk="\n        }\n'
        "    ]\n}",
    ),
    _outputs(
        what="base64 in a named list",
        body='{"signature_name": "named_bytes", "instances": [0.0]}',
        text=(
            _rows(_BYTES_ROW % f'"b": 7,\n            {_C_BYTES}'),
            _rows(_BYTES_ROW % f'{_C_BYTES},\n            "b": 7'),
        ),
    ),
    _case(
        what="row of strings",
        target="/v1/models/identity_string:predict",
        body='{"instances": ["a", "b"]}',
        text='{\n    "predictions": ["a", "b"\n    ]\n}',
    ),
    # Columns.
    _half(
        what="column",
        body='{"inputs": [3.0, 4.0]}',
        text='{\n    "outputs": [\n        3.5,\n        4.0\n    ]\n}',
    ),
    _half(
        what="column of lists",
        body='{"inputs": [[3.0], [4.0]]}',
        text='{\n    "outputs": [\n        [\n            3.5\n        ],\n        [\n            4.0\n        ]\n'
        "    ]\n}",
    ),
    _half(what="scalar output", body='{"inputs": 6.0}', text='{\n    "outputs": 5.0\n}'),
    _outputs(
        what="several columns",
        body='{"signature_name": "two_shapes", "inputs": [1.0, 2.0]}',
        text=(
            '{\n    "outputs": {\n        "a": [\n            1.0\n        ],\n        "s": 5\n    }\n}',
            '{\n    "outputs": {\n        "s": 5,\n        "a": [\n            1.0\n        ]\n    }\n}',
        ),
    ),
    _outputs(
        what="empty column",
        body='{"signature_name": "none", "inputs": [1.0]}',
        text='{\n    "outputs": []\n}',
    ),
    _outputs(
        what="column of base64",
        body='{"signature_name": "row_bytes", "inputs": ["hi"]}',
        text='{\n    "outputs": [\n        {\n            "b64": "aGk="\n        }\n    ]\n}',
    ),
    # Examples.
    _case(
        what="classify",
        target="/v1/models/examples:classify",
        body='{"signature_name": "classify", "examples": [{"x": 0.2}, {"x": 0.5}]}',
        text='{\n    "results": [[["car", 0.2], ["bus", 0.0]], [["car", 0.5], ["bus", 0.0]]\n    ]\n}',
    ),
    _case(
        what="classify without labels",
        target="/v1/models/examples:classify",
        body='{"signature_name": "scores", "examples": [{"x": 0.25}]}',
        text='{\n    "results": [[["", 0.25], ["", 0.0]]\n    ]\n}',
    ),
    _case(
        what="regress",
        target="/v1/models/half_plus_two:regress",
        body='{"signature_name": "regress_x_to_y", "examples": [{"x": 3.0}, {"x": 4.0}]}',
        text='{\n    "results": [3.5, 4.0]\n}',
    ),
    # Errors.
    _half(what="error", body="{}", status=400, text="{\n    \"error\": \"Missing 'inputs' or 'instances' key\"\n}"),
    # Large answers.
    _half(
        what="large row is compact",
        difference="layout",
        body='{"instances": [' + ",".join(["1"] * 4097) + "]}",
        starts='{\n    "predictions": [2.5,2.5,',
    ),
    _half(
        what="large column is compact",
        difference="layout",
        body='{"inputs": [' + ",".join(["1"] * 4097) + "]}",
        starts='{\n    "outputs": [2.5,2.5,',
    ),
    _half(
        what="row of 4096 values",
        body='{"instances": [' + ",".join(["1"] * 4096) + "]}",
        text='{\n    "predictions": [' + ", ".join(["2.5"] * 4096) + "\n    ]\n}",
    ),
)
