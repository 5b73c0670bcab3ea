from __future__ import annotations

import json
from typing import Any

import pytest

from tfsctl.cli._frame.json_text import format_json

MATRIX = [[round(i * 0.01 + j, 2) for i in range(30)] for j in range(3)]


def test_format_json_keeps_on_one_line_what_fits() -> None:
    assert format_json({"predictions": [2.5, 3.0]}, width=40) == '{"predictions": [2.5, 3.0]}'


def test_format_json_breaks_up_what_does_not_fit() -> None:
    assert format_json({"predictions": [2.5, 3.0], "a": 1}, width=30) == (
        '{\n  "predictions": [2.5, 3.0],\n  "a": 1\n}'
    )


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("value", [MATRIX, {"predictions": MATRIX}, {"a": {"b": [{"c": MATRIX}]}}])
def test_format_json_loses_nothing_and_keeps_to_the_width(value: Any, width: int) -> None:
    text = format_json(value, width=width)
    assert json.loads(text) == value
    assert max(len(line) for line in text.splitlines()) <= width + 1


def test_format_json_counts_the_key_and_breaks_up_tuples() -> None:
    value = {"versions": ({"version": 2, "state": "AVAILABLE"},)}
    assert format_json(value, width=46) == ('{\n  "versions": [\n    {"version": 2, "state": "AVAILABLE"}\n  ]\n}')
