"""Servers for the tests of this directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.grpc_calls import GrpcCalls, connected
from serving.model_directory import serve
from tfsctl.serving import Server

MODELS = (
    "half_plus_two",
    "half_plus_two_tf2",
    "sum_difference",
    "strings",
    "identity_float32",
    "failing",
    "counter",
    "slow",
    "examples",
)


@pytest.fixture(scope="session")
def server(zoo: Path) -> Iterator[Server]:
    """A server of several models of the zoo, version 1 each, for tests that change nothing about it."""
    with serve(*(zoo / name for name in MODELS), version_labels={"stable": 1, "canary": 7}) as running:
        yield running


@pytest.fixture(scope="session")
def calls(server: Server) -> Iterator[GrpcCalls]:
    """A gRPC channel to `server`."""
    with connected(server.grpc_address) as channel:
        yield channel
