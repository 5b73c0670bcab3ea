"""Fixtures that all parts share."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says more about the machine's other work than about the code.
hypothesis.settings.register_profile("tfsctl", deadline=None)
hypothesis.settings.load_profile("tfsctl")

_BUILDER = Path(__file__).with_name("zoo.py")


@pytest.fixture(scope="session")
def zoo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the test models, `<name>/<version>/saved_model.pb` (zoo.py). Copy out of it to change one.

    Built by a subprocess, so that no test process imports TensorFlow for it, and kept in pytest's cache.
    """
    cache = getattr(request.config, "cache", None)
    home = Path(cache.mkdir("zoo")) if cache is not None else tmp_path_factory.mktemp("zoo")
    target = home / _key()
    if not target.is_dir():
        _build(target)
    return target


def _key() -> str:
    """Changes with the models and with TensorFlow."""
    version = importlib.metadata.version("tensorflow")
    return f"tf{version}-{hashlib.sha256(_BUILDER.read_bytes()).hexdigest()[:16]}"


def _build(target: Path) -> None:
    """Build beside `target` and rename: of several processes that build at once the first wins and all go on."""
    beside = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
    try:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        command = [sys.executable, str(_BUILDER), str(beside / "models")]
        built = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        if built.returncode != 0:
            pytest.fail(f"zoo.py failed:\n{built.stderr[-4000:]}", pytrace=False)
        try:
            (beside / "models").rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root reads everything, so as root act for somebody who does not."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)
