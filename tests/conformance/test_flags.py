"""Every FlagCase."""

from __future__ import annotations

from pathlib import Path

from conformance.case import FlagCase
from conformance.flag_play import FlagPlay
from conformance.parameters import parametrized
from conformance.play import play


@parametrized(FlagCase)
def test_flag_case(case: FlagCase, zoo: Path, tmp_path: Path) -> None:
    play(case, zoo, tmp_path / "home", kind=FlagPlay)
