from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty current directory; the user and the machine are put back to what they were."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(platform, "machine", platform.machine)
    # Somebody else than root, whom a test may become, has to reach it.
    for directory in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        directory.chmod(0o755)
    user = os.geteuid()
    yield tmp_path
    os.seteuid(user)
