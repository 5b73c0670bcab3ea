"""The best classes of each row of scores, with their names."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from tfsctl.errors import UsageError


class ClassScore(TypedDict):
    """One class: its name, its number among the scores, and its score."""

    label: str
    index: int
    score: float


def read_labels(path: Path) -> list[str]:
    """The names of classes, in their order.

    A text file has one in each line. JSON is a list, or an object of names by number (`{"0": "cat"}`, Keras's
    `{"0": ["n02123045", "tabby"]}`, of which the last counts) or of numbers by name (`{"cat": 0}`).

    Raises UsageError for anything else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text.") from error
    if path.suffix.lower() != ".json" and text[:1] not in {"[", "{"}:
        labels = text.splitlines()
    else:
        labels = _from_json(text, path)
    if not labels:
        raise UsageError(f"{path} has no labels.")
    return labels


def best_classes(answer: dict[str, Any], labels: Sequence[str] | None, *, top: int) -> list[list[ClassScore]]:
    """The `top` classes of each row of an answer, the best first; classes without names are called by their numbers.

    Raises UsageError where the answer is no list of scores, or has not as many as there are labels.
    """
    rows = _score_rows(answer)
    for row in rows:
        if labels is not None and len(row) != len(labels):
            raise UsageError(f"There are {len(labels)} labels for {len(row)} classes.", hint="Give another --labels.")
    return [[_class(index, row[index], labels) for index in _best(row, top)] for row in rows]


def _best(row: Sequence[float], top: int) -> list[int]:
    # NaN would be as good as anything: it comes last.
    return heapq.nlargest(top, range(len(row)), key=lambda index: -math.inf if math.isnan(row[index]) else row[index])


def _class(index: int, score: float, labels: Sequence[str] | None) -> ClassScore:
    return {"label": str(index) if labels is None else labels[index], "index": index, "score": score}


def _from_json(text: str, path: Path) -> list[str]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}.") from error
    if isinstance(value, dict):
        value = _in_order(value)
    if not isinstance(value, list):
        raise UsageError(f"{path} is no list of labels, and no object of numbers and labels from 0 on.")
    return [str(item[-1]) if isinstance(item, list) and item else str(item) for item in value]


def _in_order(named: dict[str, Any]) -> list[Any] | None:
    """The labels by number; None if those are not 0, 1, 2 and so on."""
    if all(type(number) is int for number in named.values()):
        by_number: dict[int, Any] = {number: label for label, number in named.items()}
    else:
        by_number = {int(number): label for number, label in named.items() if number.isdecimal()}
    if len(by_number) != len(named) or sorted(by_number) != list(range(len(by_number))):
        return None
    return [by_number[number] for number in range(len(by_number))]


def _score_rows(answer: dict[str, Any]) -> list[list[float]]:
    value = answer.get("predictions", answer.get("outputs"))
    candidates = _columns(value)
    found = {alias: rows for alias, column in candidates.items() if (rows := _rows(column)) is not None}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageError(f"Which output has the scores? {', '.join(found)} may.", hint="Say it with --output-filter.")
    raise UsageError("The answer has no scores of classes: no output is a list of numbers for each row.")


def _columns(value: Any) -> dict[str, Any]:
    """The outputs by name, in either format; an output that stands alone has no name."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return {alias: [row.get(alias) for row in value] for alias in value[0]}
    return {"": value}


def _rows(column: Any) -> list[list[float]] | None:
    if not isinstance(column, list) or not column:
        return None
    if all(_is_scores(row) for row in column):
        return column
    return None


def _is_scores(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) > 0
        and all(isinstance(score, int | float) and not isinstance(score, bool) for score in row)
    )
