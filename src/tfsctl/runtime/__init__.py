"""Run a SavedModel: through TensorFlow's C API (`c_api`), or its Python API (`python`) where there is no such library.

Importing this package loads neither TensorFlow nor numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tfsctl.runtime._variables import check_variables
from tfsctl.runtime.model import CostLearner, InputChecker, Model, SessionOptions, TfliteOptions

__all__ = ["CostLearner", "InputChecker", "Model", "SessionOptions", "TfliteOptions", "load_model", "preload"]

_DEFAULT_OPTIONS = SessionOptions()
_TFLITE_FILE = "model.tflite"


def load_model(
    path: str | Path,
    *,
    tags: Sequence[str] = ("serve",),
    options: SessionOptions = _DEFAULT_OPTIONS,
    runtime: Literal["auto", "c_api", "python"] = "auto",
    tflite: TfliteOptions | None = None,
) -> Model:
    """Load the SavedModel in directory `path`: its graph, its variables, its tables. Safe in several threads at once.

    Args:
        path: The version directory.
        tags: Exactly the tags of the meta graph to load.
        options: Threads and other settings.
        runtime: `c_api`, `python`, or `auto`: the first where TensorFlow's library is there, else the second.
        tflite: Where given, and the directory has a `model.tflite`, LiteRT loads that instead.

    Raises:
        NotFoundError: no SavedModel there, no meta graph with these tags, or a file or an operation is missing.
        DataLossError, OutOfRangeError: a file is truncated or corrupt.
        InvalidArgumentError: `options.config_proto` is not a ConfigProto.
        FailedPreconditionError: TensorFlow is not installed, or LiteRT is not.
        UnimplementedError: `runtime` is `c_api` and there is no library for it.
        TfsctlError: whatever else TensorFlow says, with its code and message.
    """
    path = Path(path)
    if tflite is not None and (path / _TFLITE_FILE).exists():
        from tfsctl.runtime.litert import load_litert_model

        return load_litert_model(path / _TFLITE_FILE, tflite)
    check_variables(path, tags)
    if runtime == "python" or (runtime == "auto" and not _has_c_api()):
        from tfsctl.runtime.python import load_python_model

        return load_python_model(path, tags, options)
    from tfsctl.runtime.c_api import load_c_api_model

    return load_c_api_model(path, tags, options)


def preload() -> None:
    """Open TensorFlow's libraries, the slow part of loading a first model; other threads run meanwhile.

    Where there are none this does nothing: `load_model` says what is wrong. Safe to call more than once.
    """
    if _has_c_api():
        from tfsctl.runtime._library import open_library

        open_library()


def _has_c_api() -> bool:
    from tfsctl.runtime._library import find_library

    return find_library() is not None
