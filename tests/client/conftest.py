"""A server of the zoo's models, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.model_directory import serve
from tfsctl.client import Client, connect
from tfsctl.serving import Server

MODELS = (
    "half_plus_two",
    "half_plus_two_tf2",
    "sum_difference",
    "strings",
    "scalar",
    "zero_size",
    "counter",
    "slow",
    "failing",
    "examples",
)


@pytest.fixture(scope="session")
def server(zoo: Path) -> Iterator[Server]:
    """A server of `MODELS` and of the identities of every type, version 1 each, `stable` by label."""
    identities = sorted(zoo.glob("identity_*"))
    with serve(*(zoo / name for name in MODELS), *identities, version_labels={"stable": 1}) as running:
        yield running


@pytest.fixture(scope="session")
def rest(server: Server) -> Iterator[Client]:
    with connect(f"http://{server.rest_address}") as client:
        yield client


@pytest.fixture(scope="session")
def grpc(server: Server) -> Iterator[Client]:
    with connect(f"grpc://{server.grpc_address}") as client:
        yield client


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest) -> Client:
    """The same test over both protocols."""
    client: Client = request.getfixturevalue(request.param)
    return client
