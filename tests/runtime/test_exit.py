"""The interpreter ends cleanly, whatever state models and threads are in."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from runtime.loading import run_script

_PRELUDE = """
import atexit, sys, threading
import numpy as np
from tfsctl.runtime import load_model

zoo, runtime = sys.argv[1:]

def load(name):
    return load_model(f"{zoo}/{name}/1", runtime=runtime)

def ask(model):
    return model.run(model.info.signatures["serving_default"], {"x": np.ones(2, np.float32)})["y"].tolist()

def wait(model, seconds):
    try:
        model.run(model.info.signatures["serving_default"], {"seconds": np.float64(seconds)})
    except Exception:
        pass  # cancelled at the end

def start_waiting(model, *, daemon):
    thread = threading.Thread(target=wait, args=(model, 0.5 if not daemon else 600), daemon=daemon)
    thread.start()
    wait(model, 0.2)  # The other thread's run has begun by now.
"""

_ENDINGS = {
    "closed": "model = load('half_plus_two'); ask(model); model.close()",
    "not closed": "model = load('half_plus_two'); ask(model)",
    "never run": "model = load('half_plus_two')",
    "in a cycle": "model = load('half_plus_two'); cycle = [model]; cycle.append(cycle); del model, cycle",
    "several": "models = [load('half_plus_two') for _ in range(3)]; ask(models[1]); models[1].close()",
    "running in a daemon thread": "start_waiting(load('slow'), daemon=True)",
    "running in a thread": "start_waiting(load('slow'), daemon=False)",
    "closed while running": "model = load('slow'); start_waiting(model, daemon=True); model.close()",
    "an output outlives": "import builtins; builtins.kept = ask(load('half_plus_two')), load('memory')",
    "used at exit": "model = load('half_plus_two'); atexit.register(lambda: print(ask(model)))",
    "an exception at the end": "model = load('half_plus_two'); sys.excepthook = lambda *_: None; 1 / 0",
    "a load that failed": "\ntry: load('missing_op')\nexcept Exception: pass",
}


@pytest.mark.parametrize("ending", _ENDINGS)
def test_the_process_ends_cleanly_with_a_model(zoo: Path, ending: str) -> None:
    ended = run_script(_PRELUDE + _ENDINGS[ending], zoo, "c_api")

    assert ended.returncode == (1 if ending == "an exception at the end" else 0), ended.stderr
    assert ended.stderr == ""
    assert ended.stdout == ("[2.5, 2.5]\n" if ending == "used at exit" else "")


@pytest.mark.slow  # each imports TensorFlow
@pytest.mark.parametrize("ending", ["not closed", "running in a daemon thread", "used at exit"])
def test_the_process_ends_cleanly_with_a_model_in_python(zoo: Path, ending: str) -> None:
    ended = run_script(_PRELUDE + _ENDINGS[ending], zoo, "python")

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("first", ["import tensorflow as tf", ""])
def test_tensorflow_itself_may_be_used_beside_the_c_api(zoo: Path, first: str) -> None:
    script = f"{first}\n{textwrap.dedent(_PRELUDE)}\nmodel = load('half_plus_two')\n"
    script += "import tensorflow as tf\nprint(ask(model), int(tf.constant(1) + 1))"

    ended = run_script(script, zoo, "c_api")

    assert (ended.returncode, ended.stdout) == (0, "[2.5, 2.5] 2\n"), ended.stderr


def test_threads_that_never_stop_asking_do_not_keep_the_process(zoo: Path) -> None:
    script = """
def ask_for_ever(model):
    while True:
        try: ask(model)
        except Exception: return

model = load("half_plus_two")
for _ in range(3):
    threading.Thread(target=ask_for_ever, args=(model,), daemon=True).start()
for _ in range(500):
    ask(model)
"""
    ended = run_script(_PRELUDE + script, zoo, "c_api")

    assert (ended.returncode, ended.stderr) == (0, "")
