"""Import TensorFlow without its chatter, and translate its errors."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tfsctl.disk import disk_full_error, file_too_large_error, to_disk_error
from tfsctl.errors import Code, FailedPreconditionError, error_for

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_SILENT = "3"
_STDERR = 2


def import_tensorflow() -> Any:
    """The module `tensorflow`, imported in silence unless TF_CPP_MIN_LOG_LEVEL asks for its log lines.

    The first call takes seconds. Not to be called from several threads at once.

    Raises:
        FailedPreconditionError: TensorFlow is not installed or does not load, or Keras is set to another backend.
    """
    silent = os.environ.setdefault(_LEVEL, _SILENT) == _SILENT
    # Keras reads it once, when it is imported; ~/.keras/keras.json may name a backend that is not even installed.
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with ExitStack() as stack:
            if silent and "tensorflow" not in sys.modules:
                stack.enter_context(_stderr_aside())
            import tensorflow as tf
    except ImportError as error:
        raise FailedPreconditionError(
            f"TensorFlow cannot be imported: {error}", hint="Run: pip install --upgrade tensorflow"
        ) from error
    if silent:
        _silence_python_loggers(tf)
    return tf


def import_keras() -> Any:
    """The module `keras` on TensorFlow; raises as `import_tensorflow`, also where another backend is chosen."""
    import_tensorflow()
    import keras

    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise FailedPreconditionError(
            f"Keras uses the backend {backend}; a SavedModel comes from TensorFlow only.",
            hint="Run it with KERAS_BACKEND=tensorflow.",
        )
    return keras


@contextmanager
def tensorflow_errors(path: Path) -> Iterator[None]:
    """Turn the system's and TensorFlow's errors while `path` is written into ours; the latter keep code and message."""
    try:
        yield
    except OSError as error:
        raise to_disk_error(error, path) from error
    except _op_errors() as error:
        code, message = error.error_code, str(error.message)
        if code == Code.RESOURCE_EXHAUSTED:
            raise disk_full_error(path) from error
        if "File too large" in message:
            raise file_too_large_error(path) from error
        raise error_for(code, f"{path}: {message}") from error


def _op_errors() -> tuple[type[Any], ...]:
    """The class of TensorFlow's own errors, if TensorFlow has been imported: else there can be none."""
    errors = getattr(sys.modules.get("tensorflow"), "errors", None)
    return () if errors is None else (errors.OpError,)


@contextmanager
def _stderr_aside() -> Iterator[None]:
    """Keep what native code writes to file descriptor 2 off the terminal; what Python writes still gets there.

    TensorFlow's libraries print a few lines while they load, before any log level is looked at.
    """
    sys.stderr.flush()
    with ExitStack() as stack:
        terminal = os.dup(_STDERR)
        stack.callback(os.close, terminal)
        aside = stack.enter_context(tempfile.TemporaryFile())
        if _is_stderr(sys.stderr):
            stack.callback(setattr, sys, "stderr", sys.stderr)
            sys.stderr = stack.enter_context(os.fdopen(os.dup(terminal), "w", buffering=1))
        os.dup2(aside.fileno(), _STDERR)
        stack.callback(os.dup2, terminal, _STDERR)
        yield


def _is_stderr(stream: Any) -> bool:
    try:
        return bool(stream.fileno() == _STDERR)
    except (AttributeError, OSError, ValueError):  # a StringIO, a closed stream, a test's capture
        return False


def _silence_python_loggers(tf: Any) -> None:
    """TensorFlow's and absl's Python loggers say only what is an error."""
    import logging

    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
