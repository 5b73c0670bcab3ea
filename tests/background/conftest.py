from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsctl.background import StateDirectory, stop


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StateDirectory]:
    """A state directory of the test's own; what is started in it ends with the test."""
    monkeypatch.setenv("TFSCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    directory = StateDirectory()
    yield directory
    for entry in directory.entries():
        stop(entry, timeout_seconds=20)
