"""TensorFlow imported in silence; its errors translated."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tfsctl.errors import InvalidArgumentError, ResourceExhaustedError, TfsctlError
from tfsctl.train.tensorflow_import import import_keras, import_tensorflow, tensorflow_errors

IMPORT = """
import sys
from tfsctl.train.tensorflow_import import import_tensorflow
tf = import_tensorflow()
print("from Python", file=sys.stderr)
assert sys.stderr is sys.__stderr__
"""


def stderr_of_import(**environment: str) -> str:
    ours = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-c", IMPORT]
    done = subprocess.run(command, env={**ours, **environment}, capture_output=True, text=True, timeout=60, check=True)
    return done.stderr


def test_import_says_nothing() -> None:
    assert stderr_of_import() == "from Python\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="elsewhere TensorFlow may have nothing to say")
def test_import_says_what_the_user_asks_for() -> None:
    assert "oneDNN" in stderr_of_import(TF_CPP_MIN_LOG_LEVEL="0")


def test_light_packages_do_not_import_tensorflow_or_numpy() -> None:
    code = (
        "import sys, tfsctl.train, tfsctl.export; tfsctl.train.TrainPlan();"
        " print([name for name in ('tensorflow', 'keras', 'numpy', 'google.protobuf') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_keras_runs_on_tensorflow() -> None:
    assert import_keras().backend.backend() == "tensorflow"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("ResourceExhaustedError", "/m/1/variables; No space left on device", ResourceExhaustedError),
        ("OutOfRangeError", "/m/1/saved_model.pb; File too large", ResourceExhaustedError),
        ("InvalidArgumentError", "bad shape", InvalidArgumentError),
    ],
)
def test_tensorflow_error_becomes_ours(name: str, text: str, expected: type[TfsctlError]) -> None:
    error = getattr(import_tensorflow().errors, name)(None, None, text)
    with pytest.raises(expected, match="/models/m"), tensorflow_errors(Path("/models/m")):
        raise error


def test_other_errors_pass() -> None:
    with pytest.raises(KeyboardInterrupt), tensorflow_errors(Path("/models/m")):
        raise KeyboardInterrupt
