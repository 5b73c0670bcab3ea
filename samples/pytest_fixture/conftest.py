"""A model server for the tests of your own project: one for the whole test session, on free ports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsctl.export import export
from tfsctl.serving import ModelConfig, Server, ServerConfig


@pytest.fixture(scope="session")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with half_plus_two; put your own models in its place."""
    models: Path = tmp_path_factory.mktemp("models")
    report = export("half_plus_two", output=models)
    model = ModelConfig(name=report.name, base_path=report.path.parent)
    with Server(ServerConfig(models=(model,), port=0, rest_api_port=0)) as server:
        yield server
