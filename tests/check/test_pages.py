from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tfsctl.check import KINDS, FindingKind

DOCS = Path(__file__).parents[2] / "docs"


def test_the_pages_of_the_documentation_are_those_of_the_table() -> None:
    run = [sys.executable, str(DOCS / "make_findings.py"), "--check"]
    assert subprocess.run(run, capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_is_told_in_full(kind: FindingKind) -> None:
    for text in (kind.symptom, kind.reason, kind.correction, kind.example):
        assert text
    assert not kind.title.endswith(".")
    assert kind.reason.endswith(".")
    assert kind.correction.endswith(".")
    assert max(len(line) for line in kind.example.splitlines()) <= 112
