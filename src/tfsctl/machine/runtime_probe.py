"""Whether TensorFlow's C API opens, tried in a process of its own: a library can end the process that opens it."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import TracebackType

from tfsctl.machine.condition import Condition, State

_PATIENCE_SECONDS = 30.0
_SLOW_SECONDS = 5.0
_ABSENT = 3
_SCRIPT = f"""
import sys, time
from tfsctl.errors import UnimplementedError
from tfsctl.runtime import preload
started = time.perf_counter()
try:
    preload()
except UnimplementedError:
    sys.exit({_ABSENT})
print(time.perf_counter() - started)
"""
_ID, _SUBJECT = "c_api", "C API"
_WITHOUT = "`tfsctl serve` uses TensorFlow's Python API then: it starts later, and small models answer slower."


class RuntimeProbe:
    """The process; it works from construction on."""

    def __init__(self, script: str = _SCRIPT) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (ourselves)
            [sys.executable, "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )

    def __enter__(self) -> RuntimeProbe:  # noqa: PYI034 (typing.Self came with Python 3.11)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def result(self, *, patience_seconds: float = _PATIENCE_SECONDS) -> Condition:
        """What became of it."""
        try:
            out, err = self._process.communicate(timeout=patience_seconds)
        except subprocess.TimeoutExpired:
            found = f"TensorFlow's libraries did not open within {patience_seconds:g} s"
            return Condition(_ID, _SUBJECT, State.PROBLEM, found, "Is the disk very slow, or memory short?")
        if self._process.returncode == 0:
            return _opened(float(out.splitlines()[-1]))
        if self._process.returncode == _ABSENT:
            return Condition(_ID, _SUBJECT, State.WARNING, "not in this platform's TensorFlow", _WITHOUT)
        return _failed(self._process.returncode, err)


def _opened(seconds: float) -> Condition:
    found = f"TensorFlow's libraries opened in {seconds:.2f} s"
    if seconds <= _SLOW_SECONDS:
        return Condition(_ID, _SUBJECT, State.OK, found)
    return Condition(_ID, _SUBJECT, State.NOTE, found, "The next time is faster if the disk was what took so long.")


def _failed(status: int, err: str) -> Condition:
    if sys.platform != "win32" and -status == signal.SIGILL:
        found = "TensorFlow's libraries need instructions that this processor does not have"
        remedy = "Use a TensorFlow that was built for it; on a virtual machine, pass the processor's type through."
    elif status < 0:
        found = f"TensorFlow's libraries ended the process that opened them ({signal.Signals(-status).name})"
        remedy = f"Install TensorFlow again: {sys.executable} -m pip install --force-reinstall tensorflow"
    else:
        found = f"TensorFlow's libraries do not open: {(err.strip().splitlines() or ['no reason given'])[-1]}"
        remedy = f"Is TensorFlow installed here? {sys.executable} -m pip install tensorflow"
    return Condition(_ID, _SUBJECT, State.PROBLEM, found, remedy)
