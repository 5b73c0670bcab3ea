"""§1.7: which JSON each data type takes, and what becomes of it. The models give back what they are given."""

from __future__ import annotations

from functools import partial

from conformance.case import RestCase

_NAMES = {"float": "float32", "double": "float64", "half": "float16"}


def _takes(dtype: str, given: str, answered: str, *, difference: str = "", what: str = "") -> RestCase:
    return RestCase(
        section="1.7",
        what=f"{dtype} takes {what or given}",
        difference=difference,
        target=f"/v1/models/identity_{_NAMES.get(dtype, dtype)}:predict",
        body=f'{{"inputs": [{given}]}}',
        json=f'{{"outputs": [{answered}]}}',
        is_double=dtype == "double",
    )


def _refuses(dtype: str, given: str, kind: str, *, dump: str | None = None, what: str = "") -> RestCase:
    """`kind` is the JSON type in the text, `dump` the value as it is quoted where that is not how it was given."""
    return RestCase(
        section="1.7",
        what=f"{dtype} refuses {what or given}",
        target=f"/v1/models/identity_{_NAMES.get(dtype, dtype)}:predict",
        body=f'{{"inputs": [{given}]}}',
        status=400,
        error=f"JSON Value: {given if dump is None else dump} Type: {kind} is not of expected type: {dtype}",
    )


def _row(dtype: str) -> tuple[RestCase, ...]:
    """What no numeric type takes."""
    return (
        _refuses(dtype, "null", "Null"),
        _refuses(dtype, '"1"', "String", what="a string"),
        _refuses(dtype, '{"a": 1}', "Object", dump='{\n    "a": 1\n}', what="an object"),
        _refuses(dtype, "true", "True"),
        _refuses(dtype, "false", "False"),
    )


def _integers(dtype: str) -> tuple[RestCase, ...]:
    """What all types of integers have in common."""
    return (
        *_row(dtype),
        _takes(dtype, "7", "7"),
        _takes(dtype, "0", "0"),
        _takes(dtype, "-0", "0", what="minus zero"),
        _refuses(dtype, "1.0", "Number"),
        _refuses(dtype, "1e3", "Number", dump="1000.0"),
        _refuses(dtype, "-0.0", "Number", what="minus zero with a point"),
        _refuses(dtype, "18446744073709551616", "Number", dump="18446744073709552000.0", what="2 to the 64"),
    )


def _below_int32(dtype: str, *wrapped: tuple[str, str]) -> tuple[RestCase, ...]:
    """Types that take all of int32, and wrap."""
    return (
        *_integers(dtype),
        _refuses(dtype, "2147483648", "Number"),
        _refuses(dtype, "-2147483649", "Number", what="minus 2147483649"),
        *(_takes(dtype, given, answered, what=given.replace("-", "minus ")) for given, answered in wrapped),
    )


_float = partial(_takes, "float")
_double = partial(_takes, "double")

CASES = (
    # Floats.
    *_row("float"),
    *_row("double"),
    _float("1", "1.0"),
    _float("-7", "-7.0", what="a negative integer"),
    _float("1.5", "1.5"),
    _float("1e3", "1000.0"),
    _float("1E+3", "1000.0", what="a capital exponent with a sign"),
    _float("18446744073709551616", "1.8446744073709552e19", what="more than 64 bits"),
    _float("0.1", "0.1"),
    _float("16777217", "16777216.0", what="the nearest float"),
    _float("-0", "0.0", what="minus zero"),
    _float("-0.0", "-0.0", what="minus zero with a point"),
    _float("NaN", "NaN"),
    _float("Inf", "Infinity"),
    _float("Infinity", "Infinity"),
    _float("-Inf", "-Infinity", what="minus inf"),
    _float("-Infinity", "-Infinity", what="minus infinity"),
    _float("-NaN", "NaN", what="minus nan"),
    _float("3.5e38", "Infinity", what="too large a number"),
    _float("-1e300", "-Infinity", what="too large a negative number"),
    _float("1e-46", "0.0", what="too small a number"),
    _float("-1e-46", "-0.0", what="too small a negative number"),
    _float("3.4028234663852886e38", "3.4028235e38", what="the largest float"),
    _float("1.1754944e-38", "1.1754944e-38", what="the smallest normal float"),
    _float("1e-40", "1e-40", what="a subnormal", difference="subnormals"),
    _double("1", "1.0"),
    _double("0.1", "0.1"),
    _double("1e300", "1e300"),
    _double("NaN", "NaN"),
    _double("Inf", "Infinity"),
    _double("-Infinity", "-Infinity", what="minus infinity"),
    _double("-NaN", "NaN", what="minus nan"),
    _double("-0.0", "-0.0", what="minus zero with a point"),
    _double("-0", "0.0", what="minus zero"),
    _double("1e-400", "0.0", what="too small a number"),
    _double("9007199254740993", "9007199254740992.0", what="the nearest double"),
    _double("5e-324", "5e-324", what="a subnormal", difference="subnormals"),
    _double(
        "0.500000000000000166533453693773481063544750213623046875",
        "0.5000000000000002",
        what="half way between two doubles",
        difference="rounding",
    ),
    _double("7.0420557077594588669e59", "7.042055707759459e+59", what="many digits", difference="rounding"),
    # Numbers that no parser takes, whatever the type.
    *(
        RestCase(
            section="1.7",
            what=f"double refuses {given}",
            target="/v1/models/identity_float64:predict",
            body=f'{{"inputs": [{given}]}}',
            status=400,
            error="JSON Parse error: Number too big to be stored in double. at offset: 12",
        )
        for given in ("1e400", "0e999")
    ),
    # Integers.
    *_below_int32("int32", ("2147483647", "2147483647"), ("-2147483648", "-2147483648")),
    *_below_int32("int16", ("32767", "32767"), ("40000", "-25536"), ("-32769", "32767")),
    *_below_int32("int8", ("300", "44"), ("-128", "-128"), ("2147483647", "-1")),
    *_below_int32("uint8", ("255", "255"), ("-1", "255"), ("256", "0")),
    *_integers("int64"),
    _takes("int64", "9223372036854775807", "9223372036854775807"),
    _takes("int64", "-9223372036854775808", "-9223372036854775808", what="the smallest"),
    _refuses("int64", "9223372036854775808", "Number"),
    _refuses("int64", "-9223372036854775809", "Number", dump="-9223372036854776000.0", what="less than the smallest"),
    *_integers("uint32"),
    _takes("uint32", "4294967295", "4294967295"),
    _refuses("uint32", "4294967296", "Number"),
    _refuses("uint32", "-1", "Number", what="a negative number"),
    *_integers("uint64"),
    _takes("uint64", "18446744073709551615", "18446744073709551615"),
    _refuses("uint64", "-1", "Number", what="a negative number"),
    # Booleans.
    _takes("bool", "true", "true"),
    _takes("bool", "false", "false"),
    _refuses("bool", "0", "Number"),
    _refuses("bool", "1", "Number"),
    _refuses("bool", '"true"', "String", what="a string"),
    _refuses("bool", "null", "Null"),
    # Strings.
    _takes("string", '"a"', '"a"', what="a string"),
    _takes("string", '""', '""', what="an empty string"),
    _takes("string", '"\\u00e9\\ud83d\\ude00\\n"', '"é😀\\n"', what="escapes"),
    _takes("string", '{"b64": "aGk="}', '"hi"', what="base64"),
    _takes("string", '{"b64": "aGk"}', '"hi"', what="base64 without padding"),
    _takes("string", '{"b64": "aGk."}', '"hi"', what="base64 padded with a full stop"),
    _takes("string", '{"b64": " aG\\nk = "}', '"hi"', what="base64 with white space"),
    _takes("string", '{"b64": ""}', '""', what="base64 of nothing"),
    _takes("string", '{"b64": "Pj8/"}', '">??"', what="the standard alphabet"),
    _refuses("string", "1", "Number"),
    _refuses("string", "true", "True"),
    _refuses("string", "null", "Null"),
    RestCase(
        section="1.7",
        what="string refuses base64 for urls",
        target="/v1/models/identity_string:predict",
        body='{"inputs": [{"b64": "Pj8_"}]}',
        status=400,
        error="Unable to base64 decode",
    ),
    # Half.
    _takes("half", "1.5", "1.5", difference="half in json"),
    _takes("half", "100000", "Infinity", difference="half in json"),
    _takes("bfloat16", "1.5", "1.5", difference="half in json"),
    _refuses("half", "true", "True"),
    _refuses("bfloat16", "null", "Null"),
)
