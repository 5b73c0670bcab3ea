"""A server to measure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model_directory import serve
from tfsctl.serving import ModelConfig, Server, ServerConfig


@pytest.fixture(scope="session")
def server(zoo: Path) -> Iterator[Server]:
    """Serves the zoo's untrained digits as `mnist`, and half_plus_two, slow and failing."""
    config = serve(zoo / "half_plus_two", zoo / "slow", zoo / "failing").config
    mnist = ModelConfig(name="mnist", base_path=zoo / "digits")
    with Server(ServerConfig(models=(*config.models, mnist), port=0, rest_api_port=0)) as running:
        yield running
