"""The fast path for examples against the exact one: the same features, or the same error text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tfsctl.codec import example_exact, example_fast
from tfsctl.codec.example import parse_examples_body
from tfsctl.codec.json_fast import NotPlainError
from tfsctl.errors import TfsctlError
from tfsctl.protos import Example

Decode = Callable[[bytes], tuple[str, tuple[bytes, ...]]]

NUMBERS = ["1.5", "-0.0", "0.1", "16777217.0", "1e-40", "1e39", "-1e39", "0e5", "0e999", "NaN", "Infinity"]
INTEGERS = ["0", "-0", "7", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551616", "true", "false"]
STRINGS = ['"a"', '""', '"\\u00e9\\u0000"', '"\\":"', '{"b64": "/+8"}', '{"b64": "!"}', '{"b64": 1}', '"\\ud800"']
ODD = ["null", "{}", "[]", "[[1]]", '{"x": 1}', '{"b64": "YQ==", "c": 2}', "01"]
KEYS = ['"x"', '"y"', '"é"', '"a\\u0000b"', '"a"', '"b64"', '"context"']


@st.composite
def features(draw: st.DrawFn) -> str:
    """A JSON value: mostly of one kind, sometimes of several."""
    kind = draw(st.sampled_from([NUMBERS[:4], NUMBERS, INTEGERS[:4], INTEGERS, STRINGS[:4], STRINGS, ODD]))
    values = draw(st.lists(st.sampled_from(kind), min_size=1, max_size=4))
    if draw(st.integers(0, 9)) == 9:
        values.append(draw(st.sampled_from([*NUMBERS, *INTEGERS, *STRINGS, *ODD])))
    return values[0] if len(values) == 1 else "[" + ", ".join(values) + "]"


@st.composite
def examples(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=4))
    return "{" + ", ".join(f"{key}: {draw(features())}" for key in keys) + "}"


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    items = draw(st.lists(examples(), max_size=3))
    members = ['"examples": [' + ", ".join(items) + "]"]
    if draw(st.booleans()):
        members.append(f'"context": {draw(examples())}')
    members.append(
        draw(st.sampled_from(['"signature_name": "s"', '"signature_name": 1', '"other": {}', '"examples": 1']))
    )
    return ("{" + ", ".join(draw(st.permutations(members))) + "}").encode("utf-8", "surrogatepass")


def outcome(decode: Decode, body: bytes) -> object:
    try:
        name, serialized = decode(body)
    except TfsctlError as error:
        return type(error), error.message
    # The order of features, and how many bytes a length takes, do not matter.
    return name, [Example.FromString(item).SerializeToString(deterministic=True) for item in serialized]


def public(body: bytes) -> tuple[str, tuple[bytes, ...]]:
    parsed = parse_examples_body(body)
    return parsed.signature_name, parsed.examples


@settings(max_examples=300, deadline=None)
@given(bodies())
@example(b'{"examples": [{"x": 1e39}]}')
@example(b'{"examples": [{"a": 1, "a\\u0000b": 2}]}')
@example(b'{"examples": [{"x": 1, "x": 2}]}')
@example(b'{"examples": [{}]} rest')
@example(b'\xef\xbb\xbf{"examples": [{"x": 1.5}]}')
def test_both_paths_agree(body: bytes) -> None:
    assert outcome(public, body) == outcome(example_exact.decode_body, body)


@pytest.mark.parametrize(
    "value", ["1.5", "[1.5, 2.5]", "3", "[1, true]", '"a"', '[{"b64": "YQ=="}, "a"]', "[]", "9223372036854775807"]
)
def test_usual_features_take_the_fast_path(value: str) -> None:
    body = f'{{"signature_name": "s", "context": {{"c": 1}}, "examples": [{{"x": {value}}}]}}'.encode()
    assert outcome(example_fast.decode_body, body) == outcome(example_exact.decode_body, body)


@pytest.mark.parametrize(
    "value", ["null", "[1, 2.0]", "[[1]]", "1e39", "9223372036854775808", '{"b64": "!"}', '{"x": 1}', '[true, "a"]']
)
def test_what_could_be_wrong_is_left_to_the_exact_path(value: str) -> None:
    with pytest.raises(NotPlainError):
        example_fast.decode_body(f'{{"examples": [{{"x": {value}}}]}}'.encode())
