"""A server to measure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model_directory import serve
from tfsctl.client import Client, connect
from tfsctl.serving import ModelConfig, Server, ServerConfig


@pytest.fixture(scope="session")
def server(zoo: Path) -> Iterator[Server]:
    """Serves the zoo's untrained digits as `mnist`, and half_plus_two, slow and failing."""
    config = serve(zoo / "half_plus_two", zoo / "slow", zoo / "failing").config
    mnist = ModelConfig(name="mnist", base_path=zoo / "digits")
    with Server(ServerConfig(models=(*config.models, mnist), port=0, rest_api_port=0)) as running:
        yield running


@pytest.fixture(scope="session")
def inputs_server(zoo: Path) -> Iterator[Server]:
    """Serves models of many kinds of inputs and outputs, the untrained digits as `mnist`."""
    names = ("half_plus_two", "half_plus_two_tf2", "cnn", "strings", "sum_difference", "scalar", "table", "outputs")
    config = serve(*(zoo / name for name in (*names, "examples", "zero_size", "identity_int8"))).config
    mnist = ModelConfig(name="mnist", base_path=zoo / "digits")
    with Server(ServerConfig(models=(*config.models, mnist), port=0, rest_api_port=0)) as running:
        yield running


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, inputs_server: Server) -> Iterator[Client]:
    """A client of it, for each protocol."""
    address = inputs_server.rest_address if request.param == "rest" else inputs_server.grpc_address
    with connect(address, protocol=request.param) as connected:
        yield connected
