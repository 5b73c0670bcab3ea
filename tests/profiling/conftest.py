"""A server to profile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.recordings import Recordings
from tfsctl.serving import ModelConfig, Server, ServerConfig


@pytest.fixture(scope="session")
def server(zoo: Path) -> Iterator[Server]:
    """Serves half_plus_two, and the zoo's digits as `mnist`."""
    models = (
        ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two"),
        ModelConfig(name="mnist", base_path=zoo / "digits"),
    )
    with Server(ServerConfig(models=models, port=0, rest_api_port=0)) as running:
        yield running


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> Recordings:
    """Records what is done meanwhile, and nothing else."""
    return Recordings(monkeypatch)
