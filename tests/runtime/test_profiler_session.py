"""Recordings of what TensorFlow does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.loading import Load, run, run_script
from tfsctl.errors import AlreadyExistsError, TfsctlError
from tfsctl.runtime import Model
from tfsctl.runtime.profiler_session import ProfilerSession, TraceOptions


@pytest.fixture
def model(load: Load) -> Model:
    """In each runtime."""
    return load("half_plus_two")


@pytest.fixture
def session() -> Iterator[ProfilerSession]:
    recording = ProfilerSession(TraceOptions())
    yield recording
    recording.discard()


def test_recording_has_the_runs_of_a_model(model: Model, session: ProfilerSession) -> None:
    run(model, {"x": [1.0]})

    xspace = session.finish()

    assert b"/host:CPU" in xspace
    assert b"SessionRun" in xspace
    assert b"Mul" in xspace


def test_second_recording_at_the_same_time_is_refused(session: ProfilerSession) -> None:
    with pytest.raises(AlreadyExistsError, match=r"^Another profiling session active\.$"):
        ProfilerSession(TraceOptions())
    assert session.finish()


def test_recordings_follow_each_other(load_c_api: Load) -> None:
    model = load_c_api("half_plus_two")
    for _ in range(3):
        ProfilerSession(TraceOptions()).discard()
        session = ProfilerSession(TraceOptions())
        run(model, {"x": [1.0]})
        assert b"SessionRun" in session.finish()
        session.discard()


def test_recording_that_cannot_be_written_is_an_error_and_not_the_end(session: ProfilerSession) -> None:
    directory = Path(session._directory.name)
    directory.rmdir()
    directory.touch()

    try:
        with pytest.raises(TfsctlError, match=str(directory)):
            session.finish()
    finally:
        directory.unlink(missing_ok=True)


_PRELUDE = """
import sys
import numpy as np
from tfsctl.runtime import load_model
from tfsctl.runtime.profiler_session import ProfilerSession, TraceOptions

def ask():
    return model.run(model.info.signatures["serving_default"], {"x": np.ones(2, np.float32)})["y"].tolist()

model = load_model(f"{sys.argv[1]}/half_plus_two/1", runtime=sys.argv[2])
session = ProfilerSession(TraceOptions())
ask()
"""
_ENDINGS = {
    "finished": "print(b'SessionRun' in session.finish(), 'tensorflow' in sys.modules)",
    "not finished": "print(True, 'tensorflow' in sys.modules)",
    "in a cycle": "cycle = [session]; cycle.append(cycle); print(True, 'tensorflow' in sys.modules)",
}


@pytest.mark.parametrize("ending", _ENDINGS)
def test_process_does_not_import_tensorflow_for_it_and_ends_cleanly(zoo: Path, ending: str) -> None:
    ended = run_script(_PRELUDE + _ENDINGS[ending], zoo, "c_api")

    assert (ended.returncode, ended.stdout) == (0, "True False\n"), ended.stderr
    assert "Error" not in ended.stderr


@pytest.mark.slow  # imports TensorFlow
def test_tensorflow_itself_may_be_imported_afterwards(zoo: Path) -> None:
    script = """
session.finish()
import tensorflow as tf
tf.profiler.experimental.start(sys.argv[3])
print(int(tf.constant(1) + 1), ask())
try:
    ProfilerSession(TraceOptions())
except Exception as error:
    print(error)
tf.profiler.experimental.stop(save=False)
print(b"SessionRun" in ProfilerSession(TraceOptions()).finish())
"""
    ended = run_script(_PRELUDE + script, zoo, "c_api", "")

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "2 [2.5, 2.5]\nAnother profiling session active.\nFalse\n"
