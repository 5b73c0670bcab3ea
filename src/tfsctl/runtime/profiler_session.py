"""TensorFlow's profiler: records what all its sessions in this process do, those of the C API too.

The recorder is an extension module in TensorFlow's wheel. Of TensorFlow's Python only that module and the error classes
that it raises are imported, in some hundredths of a second: running requests do not notice. They are the very modules
that a later `import tensorflow` uses.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfsctl.errors import FailedPreconditionError, InternalError, error_for
from tfsctl.protos import stand_in_for_tensorflow
from tfsctl.tensorflow_log import loading_quietly

_RECORDER = "tensorflow.python.profiler.internal._pywrap_profiler"
_ERRORS = "tensorflow.python.framework.errors_impl"


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceOptions:
    """How much is recorded: TensorFlow's ProfileOptions, with its defaults. TensorFlow 2.21 always takes the defaults.

    Attributes:
        host_tracer_level: 0 nothing of the processor, 1 what is critical, 2 all operations, 3 everything.
        device_tracer_level: 0 nothing of accelerators, 1 their operations.
    """

    host_tracer_level: int = 2
    device_tracer_level: int = 1


class ProfilerSession:
    """One recording, from when this is made until `finish` or `discard`. The process can have one at a time.

    Making one and finishing it let other threads run. Its own methods are called from one thread at a time.
    """

    def __init__(self, options: TraceOptions) -> None:
        """Start to record.

        Raises:
            AlreadyExistsError: somebody in this process is recording.
            FailedPreconditionError: TensorFlow's profiler cannot be loaded.
        """
        self._modules = _load()
        # The recorder gives its data to a file only.
        self._directory = tempfile.TemporaryDirectory(prefix="tfsctl-profile-", ignore_cleanup_errors=True)
        self._recorder = self._modules.recorder.ProfilerSession()
        levels = {
            "host_tracer_level": options.host_tracer_level,
            "device_tracer_level": options.device_tracer_level,
            "python_tracer_level": 0,  # It would slow down every function of the server.
        }
        try:
            with _profiler_errors(self._modules):
                self._recorder.start(self._directory.name, levels)
        except BaseException:
            self.discard()
            raise

    def finish(self) -> bytes:
        """Stop; returns a serialized XSpace with what was recorded. Takes seconds where that is much."""
        try:
            with _profiler_errors(self._modules):
                self._recorder.export_to_tb()
            files = list(Path(self._directory.name).rglob("*.xplane.pb"))
            if len(files) != 1:
                raise InternalError(f"TensorFlow's profiler has written {len(files)} files instead of one.")
            return files[0].read_bytes()
        finally:
            self.discard()

    def discard(self) -> None:
        """Stop and forget what was recorded. May be called again."""
        self._recorder = None  # Its end stops it.
        self._directory.cleanup()


@dataclass(frozen=True, slots=True)
class _Modules:
    recorder: Any
    errors: Any


_lock = threading.Lock()
_loaded: list[_Modules] = []


def _load() -> _Modules:
    with _lock:
        if not _loaded:
            _loaded.append(_import_parts() or _import_all())
        return _loaded[0]


def _import_parts() -> _Modules | None:
    """None where TensorFlow's package is not as it is expected to be."""
    if "tensorflow" in sys.modules:
        return None
    try:
        with loading_quietly(), stand_in_for_tensorflow():
            errors = importlib.import_module(_ERRORS)
            return _Modules(importlib.import_module(_RECORDER), errors)
    except (ImportError, AttributeError):
        return None


def _import_all() -> _Modules:
    from tfsctl.runtime.python import import_tensorflow

    import_tensorflow()
    try:
        return _Modules(importlib.import_module(_RECORDER), importlib.import_module(_ERRORS))
    except ImportError as error:
        raise FailedPreconditionError(f"This TensorFlow has no profiler: {error}") from error


@contextmanager
def _profiler_errors(modules: _Modules) -> Iterator[None]:
    """Raise what TensorFlow raises as our errors, with its code and its message to the letter."""
    try:
        yield
    except modules.errors.OpError as error:
        raise error_for(error.error_code, error.message) from error
