"""All cases there are: the `CASES` of every module in cases/."""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from conformance.case import Case

_CASES = Path(__file__).with_name("cases")

C = TypeVar("C", bound=Case)


@lru_cache(maxsize=1)
def all_cases() -> tuple[Case, ...]:
    """In the order of the sections."""
    names = sorted(path.stem for path in _CASES.glob("section_*.py"))
    cases = [case for name in names for case in importlib.import_module(f"conformance.cases.{name}").CASES]
    return tuple(sorted(cases, key=lambda case: section_key(case.section)))


def cases_of(kind: type[C]) -> list[C]:
    """Those of one kind."""
    return [case for case in all_cases() if type(case) is kind]


def section_key(section: str) -> tuple[int, ...]:
    """Sorts 1.10 behind 1.9."""
    return tuple(map(int, section.split(".")))
