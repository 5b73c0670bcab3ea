"""Cases as parameters of a test, with their names and marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.all_cases import C, cases_of


def parametrized(kind: type[C]) -> Callable[[Any], Any]:
    """A test of all cases of a kind; those with `xfail` have to fail."""
    marks = {case.id: [pytest.mark.xfail(reason=case.xfail, strict=True)] for case in cases_of(kind) if case.xfail}
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.id, marks=marks.get(case.id, ())) for case in cases_of(kind)]
    )
