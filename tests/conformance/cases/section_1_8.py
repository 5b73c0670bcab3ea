"""§1.8: what each data type looks like in JSON. The models give back what they are given."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase

_NAMES = {"float": "float32", "double": "float64"}


def _prints(dtype: str, given: str, printed: str, *, what: str = "", difference: str = "") -> RestCase:
    """One value; `printed` is compared as the value of this type that it reads back to."""
    return RestCase(
        section="1.8",
        what=f"{dtype} {what or given}",
        difference=difference,
        target=f"/v1/models/identity_{_NAMES.get(dtype, dtype)}:predict",
        body=f'{{"inputs": {given}}}',
        json=f'{{"outputs": {printed}}}',
        is_double=dtype == "double",
    )


def _text(what: str, name: str, given: str, printed: str | bytes, *, difference: str = "") -> RestCase:
    """The same to the byte."""
    answer = printed.encode() if isinstance(printed, str) else printed
    return RestCase(
        section="1.8",
        what=what,
        difference=difference,
        target=f"/v1/models/{name}:predict",
        body=given,
        text=b'{\n    "outputs": ' + answer + b"\n}",
    )


_float = partial(_prints, "float")
_double = partial(_prints, "double")
_HI = '{\n        "b64": "aGk="\n    }'


def _output(what: str, signature: str, values: str) -> RestCase:
    return RestCase(
        section="1.8",
        what=what,
        difference="half in json",
        target="/v1/models/outputs:predict",
        body=f'{{"signature_name": "{signature}", "instances": [1.5, 3.0]}}',
        json=f'{{"predictions": {values}}}',
    )


CASES = (
    _float("2.5", "2.5"),
    _float("3", "3.0"),
    _float("9000000", "9e+06"),
    _float("999999", "999999.0"),
    _float("0.00003", "3e-05"),
    _float("555557.5", "555557.5"),
    _float("0.1", "0.1"),
    _float("3.14159274", "3.14159274"),
    _float("3.141592653589793", "3.14159274", what="pi"),
    _float("-0.0", "-0.0", what="minus zero"),
    _float("1e10", "1e+10"),
    _float("16777216", "16777216.0"),
    _float("1.17549435e-38", "1.17549435e-38", what="the smallest normal"),
    _float("3.40282347e38", "3.40282347e+38", what="the largest"),
    _double("2.5", "2.5"),
    _double("3", "3.0"),
    _double("0.3333333333333333148", "0.33333333333333331", what="one third"),
    _double("1e10", "1e+10"),
    _double("1e300", "1e+300"),
    _double("-0.0", "-0.0", what="minus zero"),
    _double("9007199254740991", "9007199254740991.0"),
    # Values above stand in the reference as TF Serving prints them; these are printed in the same way here.
    _text("float 3 to the byte", "identity_float32", '{"inputs": 3}', "3.0"),
    _text("float 2.5 to the byte", "identity_float32", '{"inputs": 2.5}', "2.5"),
    _text("minus zero to the byte", "identity_float32", '{"inputs": -0.0}', "-0.0"),
    _text("fewest digits", "identity_float32", '{"inputs": 3.14159274}', "3.1415927", difference="digits"),
    _text(
        "no exponent where it is not needed", "identity_float32", '{"inputs": 9e6}', "9000000.0", difference="digits"
    ),
    # Not finite: bare words.
    _text("nan", "identity_float32", '{"inputs": NaN}', "NaN"),
    _text("infinity", "identity_float32", '{"inputs": Infinity}', "Infinity"),
    _text("minus infinity", "identity_float32", '{"inputs": -Infinity}', "-Infinity"),
    _text("nan as a double", "identity_float64", '{"inputs": NaN}', "NaN"),
    _text("infinity as a double", "identity_float64", '{"inputs": Infinity}', "Infinity"),
    # Integers and booleans, never quoted.
    *(_text(name, f"identity_{name}", '{"inputs": 7}', "7") for name in ("int8", "int16", "int32", "int64")),
    *(_text(name, f"identity_{name}", '{"inputs": 7}', "7") for name in ("uint8", "uint32", "uint64")),
    _text("negative int8", "identity_int8", '{"inputs": -128}', "-128"),
    _text("largest int64", "identity_int64", '{"inputs": 9223372036854775807}', "9223372036854775807"),
    _text("largest uint64", "identity_uint64", '{"inputs": 18446744073709551615}', "18446744073709551615"),
    _text("true", "identity_bool", '{"inputs": true}', "true"),
    _text("false", "identity_bool", '{"inputs": false}', "false"),
    # Strings.
    _text("string", "identity_string", '{"inputs": "a"}', '"a"'),
    _text(
        "string with escapes",
        "identity_string",
        r'{"inputs": "\"\\\/\b\f\n\r\t\u0001\u001f"}',
        r'"\"\\/\b\f\n\r\t\u0001\u001F"',
    ),
    _text("string beyond ascii", "identity_string", '{"inputs": "é€😀"}', '"é€😀"'),
    _text("delete", "identity_string", '{"inputs": "\\u007f"}', '"\x7f"'),
    _text("string that is not utf-8", "identity_string", '{"inputs": {"b64": "/4A="}}', b'"\xff\x80"'),
    _text("string with nul", "identity_string", r'{"inputs": "a\u0000b"}', r'"a\u0000b"'),
    # Aliases that end in _bytes.
    RestCase(
        section="1.8",
        what="base64 for an alias in bytes",
        target="/v1/models/strings:predict",
        body='{"instances": ["hi"]}',
        json='{"predictions": [{"y": "hi", "y_bytes": {"b64": "aGk="}}]}',
    ),
    _text("base64 for a single output", "outputs", '{"signature_name": "row_bytes", "inputs": "hi"}', _HI),
    _text(
        "base64 with padding",
        "outputs",
        '{"signature_name": "row_bytes", "inputs": "h"}',
        _HI.replace("aGk=", "aA=="),
    ),
    _text(
        "base64 of bytes that are not utf-8",
        "outputs",
        '{"signature_name": "row_bytes", "inputs": {"b64": "/4A"}}',
        _HI.replace("aGk=", "/4A="),
    ),
    # Types that cannot be written: §1.5. Ours can.
    _output("half", "to_float16", "[1.5, 3.0]"),
    _output("bfloat16", "to_bfloat16", "[1.5, 3.0]"),
    RestCase(
        section="1.8",
        what="tensor content concerns grpc alone",
        difference="tensor content in rest",
        server="tensor content",
        target="/v1/models/half_plus_two:predict",
        body='{"instances": [1.0]}',
        json='{"predictions": [2.5]}',
    ),
)
