"""The table of wishes: each has a thread, an answer, and somewhere to read on."""

from __future__ import annotations

import re

import pytest

from docs.documents import DOCS

_PAGE = DOCS / "what-users-ask-for.md"
_ROWS = [line.strip("| ").split(" | ") for line in _PAGE.read_text().splitlines() if re.match(r"\| \d+ ", line)]
_THREAD = re.compile(r"\[#(\d+)\]\(https://github\.com/tensorflow/serving/issues/(\d+)\)")


def test_all_wishes_are_there() -> None:
    assert [row[0] for row in _ROWS] == [str(number) for number in range(1, 39)]
    assert {len(row) for row in _ROWS} == {5}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_a_wish_has_threads_and_an_answer_that_can_be_followed(row: list[str]) -> None:
    _, _, threads, answer, how = row
    found = _THREAD.findall(threads)
    assert found
    assert all(shown == linked for shown, linked in found)
    assert answer.strip("*") in {"yes", "partly", "not yet"}
    assert re.search(r"\]\([^)]+\)", how)


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0])
def test_what_is_partly_there_says_what_is_missing(row: list[str]) -> None:
    assert ("Missing: " in row[4]) == (row[3] == "**partly**")
