from __future__ import annotations

from typing import Any

import pytest

from tfsctl.cli._predict.output import filter_outputs, parse_answer
from tfsctl.errors import InternalError


@pytest.mark.parametrize(
    ("answer", "aliases", "filtered"),
    [
        ({"predictions": [{"a": 1, "b": 2}]}, (), {"predictions": [{"a": 1, "b": 2}]}),
        ({"predictions": [{"a": 1, "b": 2}]}, ("b",), {"predictions": [2]}),
        ({"predictions": [{"a": 1, "b": 2, "c": 3}]}, ("c", "a"), {"predictions": [{"c": 3, "a": 1}]}),
        ({"predictions": [1.5]}, ("y",), {"predictions": [1.5]}),
        ({"outputs": {"a": [1], "b": [2]}}, ("a",), {"outputs": [1]}),
        ({"outputs": [1]}, ("y",), {"outputs": [1]}),
    ],
)
def test_filter_outputs_keeps_the_named(answer: dict[str, Any], aliases: tuple[str, ...], filtered: object) -> None:
    assert filter_outputs(answer, aliases) == filtered


def test_parse_answer_takes_numbers_and_bytes_that_json_has_not() -> None:
    assert parse_answer(b'{"predictions": ["\xff", Infinity]}') == {"predictions": ["\udcff", float("inf")]}


@pytest.mark.parametrize("reply", [b"{", b"[1]", b""])
def test_parse_answer_refuses_what_is_no_object(reply: bytes) -> None:
    with pytest.raises(InternalError, match="The server's answer is not"):
        parse_answer(reply)
