"""In processes of their own, so that this one does not import TensorFlow."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cli.runner import Runner
from cli.terminal import COMMAND


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_train_then_export_uses_the_checkpoint_and_tells_paths_on_stdout() -> None:
    trained = run("train", "mnist", "--training-iteration", "100", "--seed", "1")
    assert trained.returncode == 0, trained.stderr
    assert trained.stdout.splitlines()[1] == "Checkpoint: checkpoints/mnist/model.keras"
    exported = run("export", "mnist", "--name", "digits")
    assert (exported.returncode, exported.stdout) == (0, "models/digits/1\n")
    assert "Using the checkpoint checkpoints/mnist/model.keras." in exported.stderr
    assert Path("models/digits/1/saved_model.pb").exists()


def test_export_as_json_and_not_over_an_existing_version() -> None:
    first = run("export", "half_plus_two", "--output", "out", "--model-version", "7", "--json", "--quiet")
    report = json.loads(first.stdout)
    assert (report["path"], first.stderr) == ("out/half_plus_two/7", "")
    second = run("export", "half_plus_two", "--output", "out", "--model-version", "7", "--json", "--quiet")
    assert (second.returncode, json.loads(second.stderr)["error"]["code"]) == (7, "ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (("train", "mnist", "--training-iteration", "0"), 2),
        (("train", "mnist", "--model", "transformer"), 2),
        (("export", "no_such_thing"), 4),
        (("export", "missing.keras"), 4),
    ],
)
def test_train_and_export_refuse_without_a_traceback(args: tuple[str, ...], status: int, tfsctl: Runner) -> None:
    result = tfsctl(*args)
    assert (result.exit_code, str(result)) == (status, "")
    assert "Traceback" not in result.stderr
