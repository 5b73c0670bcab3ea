"""Import TensorFlow without its chatter, and translate its errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfsctl.disk import disk_full_error, file_too_large_error, to_disk_error
from tfsctl.errors import Code, FailedPreconditionError, error_for
from tfsctl.tensorflow_log import loading_quietly, min_log_level


def import_tensorflow() -> Any:
    """The module `tensorflow`, imported in silence unless TF_CPP_MIN_LOG_LEVEL asks for its log lines.

    The first call takes seconds. Not to be called from several threads at once.

    Raises:
        FailedPreconditionError: TensorFlow is not installed or does not load, or Keras is set to another backend.
    """
    # Keras reads it once, when it is imported; ~/.keras/keras.json may name a backend that is not even installed.
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with loading_quietly():
            import tensorflow as tf
    except ImportError as error:
        raise FailedPreconditionError(
            f"TensorFlow cannot be imported: {error}", hint="Run: pip install --upgrade tensorflow"
        ) from error
    if min_log_level() > 1:
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


def _silence_python_loggers(tf: Any) -> None:
    """TensorFlow's and absl's Python loggers say only what is an error."""
    import logging

    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
