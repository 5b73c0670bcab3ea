"""The cases as data: each has a name of its own, stands in a known section, and names known differences."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from conformance.all_cases import all_cases
from conformance.differences import DIFFERENCES
from conformance.sections import SECTIONS

_ROOT = Path(__file__).parents[2]


def test_names_of_cases_are_unique() -> None:
    names = Counter(case.id for case in all_cases())
    assert [name for name, count in names.items() if count > 1] == []


def test_cases_stand_in_known_sections() -> None:
    assert {case.section for case in all_cases()} <= SECTIONS.keys()


def test_differences_that_cases_name_are_known() -> None:
    names = {difference.name for difference in DIFFERENCES}
    assert {case.difference for case in all_cases() if case.difference} <= names


def test_every_difference_is_shown_by_a_case_or_a_test() -> None:
    shown = {case.difference for case in all_cases()}
    assert [each.name for each in DIFFERENCES if each.name not in shown and not each.shown_by] == []


def test_tests_that_show_differences_exist() -> None:
    for shown_by in (each.shown_by for each in DIFFERENCES if each.shown_by):
        path, name = shown_by.split("::")
        assert f"def {name}(" in (_ROOT / path).read_text(), shown_by
