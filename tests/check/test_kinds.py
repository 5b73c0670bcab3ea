from __future__ import annotations

from pathlib import Path

import pytest

from check.cases import CASES
from tfsctl.check import FAMILIES, KINDS, Severity, check_arguments


def found_ids(what: str | list[str]) -> list[str]:
    return [finding.kind.id for finding in check_arguments([what] if isinstance(what, str) else what).findings]


def test_every_kind_has_a_case_and_every_case_a_kind() -> None:
    assert set(CASES) == set(KINDS)


def test_no_id_is_used_twice() -> None:
    assert len(KINDS) == sum(len(kinds) for kinds in FAMILIES.values())


@pytest.mark.parametrize("kind_id", CASES)
def test_the_mistake_is_found_by_its_id(kind_id: str, home: Path, zoo: Path) -> None:
    assert kind_id in found_ids(CASES[kind_id](home, zoo))


@pytest.mark.parametrize("kind_id", CASES)
def test_a_finding_says_what_why_and_what_to_do(kind_id: str, home: Path, zoo: Path) -> None:
    what = CASES[kind_id](home, zoo)
    for finding in check_arguments([what] if isinstance(what, str) else what).findings:
        assert finding.message
        assert finding.reason
        assert finding.correction or finding.commands or finding.edits


@pytest.mark.parametrize("kind_id", [kind_id for kind_id in CASES if KINDS[kind_id].severity is Severity.ERROR])
def test_what_is_an_error_would_not_be_served(kind_id: str, home: Path, zoo: Path) -> None:
    what = CASES[kind_id](home, zoo)
    assert not check_arguments([what] if isinstance(what, str) else what).would_serve
