from __future__ import annotations

import pytest

from tfsctl.codec.json_dump import dump
from tfsctl.codec.json_parse import parse_json


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"null", "null"),
        (b"[1,2.0,true,false]", "[1, 2.0, true, false]"),
        (b"[]", "[]"),
        (b"{}", "{}"),
        (b'{"a":1,"b":[1,{"c":[]}]}', '{\n    "a": 1,\n    "b": [1, {\n            "c": []\n        }]\n}'),
        (b'"a\\"\\\\\\n\\u0001\\u001f/\x7f\\u00e9"', '"a\\"\\\\\\n\\u0001\\u001F/\x7fé"'),
        (b'"\xff"', '"\udcff"'),
        (b"-0.0", "-0.0"),
        (b"1e3", "1000.0"),
        (b"1e20", "100000000000000000000.0"),
        (b"1e21", "1e21"),
        (b"1.5e22", "1.5e22"),
        (b"123.25", "123.25"),
        (b"0.000001", "0.000001"),
        (b"1e-7", "1e-7"),
        (b"-1.25e-10", "-1.25e-10"),
        (b"[NaN, 1]", "["),
        (b"[1, Infinity, 2]", "[1, "),
        (b'{"a": NaN}', '{\n    "a": '),
        (b"-Inf", ""),
    ],
)
def test_dump_of_a_small_value_is_pretty(body: bytes, text: str) -> None:
    assert dump(parse_json(body)) == text


def test_dump_of_a_long_list_stops_with_the_token_that_reaches_256_bytes() -> None:
    assert dump(list(range(1000, 2000))) == "[" + ", ".join(str(number) for number in range(1000, 1043))


def test_dump_of_a_long_string_is_whole_but_nothing_follows() -> None:
    assert dump([b"x" * 300, 1]) == '["' + "x" * 300 + '"'


def test_dump_of_deep_nesting_stops() -> None:
    assert dump(parse_json(b"[" * 5000 + b"]" * 5000)) == "[" * 256
