from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.runner import Runner, run_tfsctl
from tfsctl.serving import ModelConfig, Server, ServerConfig

SERVED = ("half_plus_two", "sum_difference", "slow", "truncated_variables")


@pytest.fixture
def tfsctl() -> Runner:
    """The command line: `tfsctl("status", "half_plus_two")`."""
    return run_tfsctl


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty directory, no settings, no colours: nothing of this machine leaks into a test."""
    for name in list(os.environ):
        if name.startswith("TFSCTL_") or name in {"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"}:
            monkeypatch.delenv(name)
    # Unset, and put back whatever a command with --verbose makes of it.
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TFSCTL_CONFIG_DIR", str(tmp_path / "no-settings"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def server(zoo: Path) -> Iterator[Server]:
    """A server with several models, the last of which cannot be loaded."""
    models = tuple(ModelConfig(name=name, base_path=zoo / name) for name in SERVED)
    with Server(ServerConfig(models=models, port=0, rest_api_port=0, max_num_load_retries=0)) as running:
        yield running


@pytest.fixture(scope="session")
def server_of_one(zoo: Path) -> Iterator[Server]:
    """A server with half_plus_two and nothing else."""
    model = ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two")
    with Server(ServerConfig(models=(model,), port=0, rest_api_port=0)) as running:
        yield running


@pytest.fixture(params=["rest", "grpc"])
def ask(request: pytest.FixtureRequest, server: Server) -> tuple[str, ...]:
    """The options that reach the server, over one protocol and then the other."""
    address = server.rest_address if request.param == "rest" else server.grpc_address
    return (f"--{request.param}", "--server", address)


@pytest.fixture
def ask_rest(server: Server) -> tuple[str, ...]:
    """The options that reach the server over REST."""
    return ("--rest", "--server", server.rest_address)
