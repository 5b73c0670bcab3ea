"""Fixtures of the conformance suite."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.servers import Running, serving
from conformance.stage import Stage
from serving.grpc_calls import GrpcCalls, connected


@pytest.fixture(scope="session")
def find_server(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """Gives the server of a name; starts it if nobody has asked for it yet."""
    running: dict[str, Running] = {}
    with contextlib.ExitStack() as closing:

        def find(name: str) -> Running:
            if name not in running:
                directory = tmp_path_factory.mktemp("server")
                running[name] = closing.enter_context(serving(name, zoo, directory))
            return running[name]

        yield find


@pytest.fixture(scope="session")
def find_calls(find_server: Callable[[str], Running]) -> Iterator[Callable[[str], GrpcCalls]]:
    """Gives a gRPC channel to the server of a name."""
    channels: dict[str, GrpcCalls] = {}
    with contextlib.ExitStack() as closing:

        def find(name: str) -> GrpcCalls:
            if name not in channels:
                channels[name] = closing.enter_context(connected(find_server(name).grpc_address))
            return channels[name]

        yield find


@pytest.fixture
def stage(zoo: Path, tmp_path: Path) -> Iterator[Stage]:
    """An empty stage."""
    empty = Stage(zoo, tmp_path)
    yield empty
    empty.close()
