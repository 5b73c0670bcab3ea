"""Every sample runs, and prints what it should."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfsctl.serving import ModelConfig, Server, ServerConfig

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture(scope="module")
def server(zoo: Path) -> Iterator[Server]:
    models = (ModelConfig(name="half_plus_two", base_path=zoo / "half_plus_two"),)
    with Server(ServerConfig(models=models, port=0, rest_api_port=0)) as server:
        yield server


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=SAMPLES, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rest_client(server: Server) -> None:
    assert _run("rest_client.py", f"http://{server.rest_address}") == "[2.5, 3.0, 4.5]\n"


def test_grpc_client(server: Server) -> None:
    assert _run("grpc_client.py", server.grpc_address) == "[2.5, 3.0, 4.5]\n"


@pytest.mark.slow
def test_your_own_keras_model() -> None:
    assert _run("your_own_keras_model.py") == "[1.0, 4.0]\n"


@pytest.mark.slow
def test_pytest_fixture() -> None:
    out = _run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "pytest_fixture")
    assert "2 passed" in out
