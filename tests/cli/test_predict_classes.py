from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tfsctl.cli._predict.classes import best_classes, read_labels
from tfsctl.errors import UsageError


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\n",
        '["cat", "dog"]',
        '{"1": "dog", "0": "cat"}',
        '{"dog": 1, "cat": 0}',
        '{"0": ["n1", "cat"], "1": ["n2", "dog"]}',
    ],
)
def test_read_labels_of_each_form(text: str, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text(text)
    assert read_labels(tmp_path / "labels") == ["cat", "dog"]


@pytest.mark.parametrize("text", ["", "[1", "{}", '{"0": "a", "2": "b"}', '{"a": 1}', "[]"])
def test_read_labels_refuses_what_is_no_list_of_classes(text: str, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text(text)
    with pytest.raises(UsageError):
        read_labels(tmp_path / "labels")


@pytest.mark.parametrize(
    "answer",
    [
        {"predictions": [[0.1, 0.9], [0.8, math.nan]]},
        {"outputs": [[0.1, 0.9], [0.8, math.nan]]},
        {"outputs": {"scores": [[0.1, 0.9], [0.8, math.nan]], "class": [1, 0]}},
        {"predictions": [{"s": [0.1, 0.9], "c": "b"}, {"s": [0.8, math.nan], "c": "a"}]},
    ],
)
def test_best_classes_of_each_form_of_answer(answer: dict[str, Any]) -> None:
    rows = best_classes(answer, ["a", "b"], top=1)
    assert rows == [[{"label": "b", "index": 1, "score": 0.9}], [{"label": "a", "index": 0, "score": 0.8}]]
    assert [len(row) for row in best_classes(answer, None, top=9)] == [2, 2]


@pytest.mark.parametrize(
    "answer", [{"predictions": [1.5]}, {"outputs": {"a": [[1.0]], "b": [[2.0]]}}, {"predictions": []}]
)
def test_best_classes_of_no_scores_or_several_asks(answer: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        best_classes(answer, None, top=1)
