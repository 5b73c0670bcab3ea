"""Every ServerCase."""

from __future__ import annotations

from pathlib import Path

from conformance.case import ServerCase
from conformance.parameters import parametrized
from conformance.play import play


@parametrized(ServerCase)
def test_server_case(case: ServerCase, zoo: Path, tmp_path: Path) -> None:
    play(case, zoo, tmp_path / "home")
