"""The wheel holds all that a user needs and runs outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(PROJECT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(directory.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with nothing but the wheel in it; what it depends on comes from the environment."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def _run(installed: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=installed.parent)
    return done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "tfsctl/py.typed",
        "tfsctl/mnist/data/t10k-images-idx3-ubyte.gz",
        "tfsctl/mnist/data/train-labels-idx1-ubyte.gz",
        "tfsctl/mnist/data/LICENSE.md",
        "tfsctl/bench/page/page.css",
    ],
)
def test_wheel_carries_data_and_types(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert name in archive.namelist()


def test_wheel_carries_the_package_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tfsctl"}


def test_installed_wheel_is_what_runs(installed: Path) -> None:
    where = _run(installed, "-c", "import tfsctl; print(tfsctl.__file__)")
    assert Path(where.strip()).is_relative_to(installed)


def test_installed_wheel_reads_its_own_digits(installed: Path) -> None:
    code = "from tfsctl.mnist import load_test; d = load_test(); print(d.images.shape, d.labels[:3].tolist())"
    assert _run(installed, "-c", code).strip() == "(10000, 784) [7, 2, 1]"


def test_installed_command_says_its_version(installed: Path) -> None:
    import tfsctl

    script = installed / "bin" / "tfsctl"
    assert tfsctl.__version__ in _run(installed, str(script), "--version")
