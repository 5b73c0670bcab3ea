"""A stand-in for `tensorflow_model_server` that serves the tutorials' models, and the clients' surroundings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.watched_server import WatchedServer
from tutorial_models import tutorial_models

_CLIENTS = Path(__file__).with_name("clients")
_SECONDS = 120.0
RunClient = Callable[..., str]

# As TensorFlow Serving's documentation writes it.
_MODELS = """
model_config_list {{
  config {{
    name: 'half_plus_two'
    base_path: '{home}/half_plus_two/'
    model_platform: 'tensorflow'
  }}
  config {{
    name: 'half_plus_three'
    base_path: '{home}/half_plus_three/'
    model_platform: 'tensorflow'
  }}
  config {{ name: "mnist" base_path: "{home}/mnist" model_platform: "tensorflow" }}
  config {{ name: "resnet" base_path: "{home}/resnet" model_platform: "tensorflow" }}
}}
"""


@pytest.fixture(scope="session")
def models() -> Path:
    """The directory of the tutorials' models."""
    return tutorial_models()


@pytest.fixture(scope="session")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedServer]:
    file = tmp_path_factory.mktemp("official") / "models.config"
    file.write_text(_MODELS.format(home=models))
    with WatchedServer(f"--model_config_file={file}") as running:
        yield running


@pytest.fixture(scope="session")
def run_client() -> RunClient:
    """Runs one of clients/ with these arguments; what it has printed."""

    def run(name: str, *args: str) -> str:
        command = [sys.executable, str(_CLIENTS / f"{name}.py"), *args]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run
