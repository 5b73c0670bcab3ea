"""Servers to throw things at, in processes of their own, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fuzz.fuzzed_server import FuzzedServer
from fuzz.models import batched_flags, config_file, monitoring_file
from fuzz.rounds import Rounds, reports


@pytest.fixture(scope="session")
def plain(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedServer]:
    """Many models, each by itself."""
    directory = tmp_path_factory.mktemp("plain")
    models, monitoring = config_file(zoo, directory), monitoring_file(directory)
    server = FuzzedServer(f"--model_config_file={models}", f"--monitoring_config_file={monitoring}")
    with server:
        yield server


@pytest.fixture(scope="session")
def batched(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedServer]:
    """The same with batching, and with a request log."""
    directory = tmp_path_factory.mktemp("batched")
    server = FuzzedServer(f"--model_config_file={config_file(zoo, directory)}", *batched_flags(directory))
    with server:
        yield server


@pytest.fixture
def rounds() -> Callable[[str], Rounds]:
    """The rounds of a share."""
    return Rounds


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How much was tried, which is what a fuzzing run is worth."""
    if reports():
        terminalreporter.section("fuzzing")
        for line in reports():
            terminalreporter.line(line)
