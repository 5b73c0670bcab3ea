"""Keras models: read from `.keras` and `.h5` files, written as SavedModels."""

from __future__ import annotations

import contextlib
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from tfsctl.disk import to_disk_error
from tfsctl.errors import DataLossError, FailedPreconditionError, NotFoundError, TfsctlError
from tfsctl.train.tensorflow_import import import_keras, import_tensorflow

KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
_CODE_HINT = "Write a Python function that returns the loaded model, and export that as module:function."
_UNKNOWN_CLASS = re.compile(r"(?:Could not locate (?:class|function)|Unknown layer:) '([^']+)'")
_CORRUPT_HINT = "The file is truncated, corrupt or of another kind: save the model again with model.save()."


def load_keras_model(path: Path) -> Any:
    """The Keras model in a `.keras` or `.h5` file, without its optimizer. Code inside the file is not run.

    Raises:
        NotFoundError: no such file.
        DataLossError: not a whole file of that kind.
        FailedPreconditionError: it has weights only, needs classes that are not known here, or contains code.
    """
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")
    if path.suffix == ".keras" and not zipfile.is_zipfile(path):
        raise DataLossError(f"{path} is not a Keras file.", hint=_CORRUPT_HINT)
    keras = import_keras()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return keras.saving.load_model(path, compile=False)
    except Exception as error:
        raise _load_error(path, error) from error


def write_keras_model(model: Any, path: Path) -> None:
    """Write a Keras model as the SavedModel `path`, its call as `serving_default`.

    Raises:
        FailedPreconditionError: the model does not know its input's shape yet, or Keras cannot export it.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            model.export(str(path), format="tf_saved_model", verbose=False)
    except (OSError, import_tensorflow().errors.OpError):  # the disk's, which are not the model's fault
        raise
    except Exception as error:
        raise FailedPreconditionError(
            f"Keras cannot export the model {getattr(model, 'name', '')}: {_first_line(error)}",
            hint="A model must have been built: give it an Input layer, or call it once on data.",
        ) from error


def _load_error(path: Path, error: Exception) -> TfsctlError:
    """What it means that Keras could not read a file. It raises ValueError and TypeError for nearly everything."""
    text = str(error)
    unknown = _UNKNOWN_CLASS.search(text)
    if unknown:
        return FailedPreconditionError(f"{path} needs {unknown[1]}, which is not known here.", hint=_CODE_HINT)
    if "`Lambda` layer" in text:
        return FailedPreconditionError(
            f"{path} has a Lambda layer: Python code, which is not run from a file.", hint=_CODE_HINT
        )
    if isinstance(error, PermissionError):
        return to_disk_error(error, path)
    if "No model config found" in text:
        return FailedPreconditionError(
            f"{path} holds weights only, no model.", hint="Save the whole model with model.save()."
        )
    if isinstance(error, (zipfile.BadZipFile, OSError, KeyError, EOFError)) or "file signature" in text:
        return DataLossError(f"{path} cannot be read: {_first_line(error)}", hint=_CORRUPT_HINT)
    return FailedPreconditionError(f"Keras cannot load {path}: {_first_line(error)}", hint=_CODE_HINT)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
