"""Nothing is kept: neither by calls, nor by errors, nor by models that were loaded and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.loading import run_script

# Deadlines are left out: TensorFlow itself keeps some 700 bytes for every loop that it cuts short, for other runs none.

# What may come and go with the allocator's mood. A leak of one small tensor a call would be several times as much.
_SLACK_BYTES = 3 * 2**20

_PRELUDE = """
import sys
import numpy as np
import psutil
from tfsctl.errors import TfsctlError
from tfsctl.runtime import load_model

zoo = sys.argv[1]

def load(name):
    return load_model(f"{zoo}/{name}/1", runtime="c_api")

def report_growth(warm_up, times, step):
    for _ in range(warm_up):
        step()
    before = psutil.Process().memory_info().rss
    for _ in range(times):
        step()
    print(psutil.Process().memory_info().rss - before)
"""


def _growth(zoo: Path, script: str) -> int:
    ended = run_script(_PRELUDE + script, zoo)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


def test_a_hundred_thousand_calls_keep_nothing(zoo: Path) -> None:
    script = """
model = load("sum_difference")
signature = model.info.signatures["serving_default"]
inputs = {"a": np.ones(3, np.float32), "b": np.ones(3, np.int32)}
report_growth(2_000, 100_000, lambda: model.run(signature, inputs, timeout_seconds=30.0))
"""
    assert _growth(zoo, script) < _SLACK_BYTES


def test_calls_with_strings_large_arrays_and_errors_keep_nothing(zoo: Path) -> None:
    script = """
strings, memory, failing = load("strings"), load("memory"), load("failing")
words = {"x": np.array([b"short", b"long" * 100] * 20, object)}
aligned = np.zeros(40_016, np.float32)
start = -aligned.__array_interface__["data"][0] % 64 // 4
numbers = {"x": aligned[start : start + 40_000].reshape(200, 200)}

def run(model, inputs, name="serving_default", **options):
    try:
        return model.run(model.info.signatures[name], inputs, **options)
    except TfsctlError as error:
        return error

def step():
    run(strings, words)
    for name in ("sum", "same", "constant", "variable"):
        run(memory, numbers, name)
    run(failing, {"x": -np.ones(1, np.float32)})
    run(failing, {"x": np.ones(1, np.float64)})
    run(strings, {"x": np.array([b"a", 1], object)})

report_growth(300, 3_000, step)
"""
    assert _growth(zoo, script) < _SLACK_BYTES


@pytest.mark.slow
def test_two_hundred_loads_keep_nothing(zoo: Path) -> None:
    script = """
examples = {
    "table": {"words": np.array([b"one"], object)},
    "cnn": {"images": np.zeros((1, 28, 28, 1), np.float32)},
}

def step():
    for name, inputs in examples.items():
        model = load(name)
        model.run(model.info.signatures["serving_default"], inputs)
        model.close()
    try:
        load("truncated_variables")
    except TfsctlError:
        pass

report_growth(20, 200, step)
"""
    assert _growth(zoo, script) < _SLACK_BYTES
