"""Choose how to export what a user named, and do it."""

from __future__ import annotations

import difflib
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tfsctl.errors import InvalidArgumentError, NotFoundError
from tfsctl.export.half_plus import write_half_plus_three, write_half_plus_two
from tfsctl.export.keras_model import KERAS_SUFFIXES, load_keras_model, write_keras_model
from tfsctl.export.model_name import check_model_name
from tfsctl.export.module_object import split_module_object, write_module_object
from tfsctl.export.report import ExportReport
from tfsctl.export.saved_model_copy import find_saved_model, saved_model_name, write_saved_model_copy
from tfsctl.export.version_dir import new_version
from tfsctl.saved_model import read_saved_model
from tfsctl.train import TrainPlan, TrainProgress, TrainReport, checkpoint_path, train_mnist
from tfsctl.train.tensorflow_import import tensorflow_errors

SAMPLES = ("half_plus_two", "half_plus_three", "mnist")
# A missing `C:\models` is no object `\models` of the module C.
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]")
OnProgress = Callable[[TrainProgress], None]


@dataclass(frozen=True, slots=True)
class _Source:
    """What to export: the model's name where the user gives none, and what writes it into a directory."""

    name: str
    write: Callable[[Path], TrainReport | None]


def export(  # noqa: PLR0913 (one keyword for each option of the command)
    source: str,
    *,
    output: Path = Path("models"),
    name: str | None = None,
    model_version: int | None = None,
    force: bool = False,
    checkpoint: Path | None = None,
    train_plan: TrainPlan | None = None,
    on_progress: OnProgress | None = None,
) -> ExportReport:
    """Export `source` as the version directory `<output>/<name>/<version>`, which appears complete or not at all.

    `source` is one of `half_plus_two`, `half_plus_three`, `mnist`; or a `.keras` or `.h5` file; or the directory of a
    SavedModel, or a base path with versions (the newest is taken); or `module:object`. The default name is that of the
    sample, file, directory or object. `model_version` None is the next free number; only with `force` is an existing
    version replaced.

    `mnist` exports `checkpoint`, a `.keras` file or the directory with `model.keras`. Without one it trains first, and
    tells `on_progress`: by `train_plan`, which leaves its checkpoint; or the default, which leaves none.

    Raises:
        NotFoundError: no such sample, file, directory, module or attribute.
        InvalidArgumentError: a bad name or version, or options that do not go together.
        AlreadyExistsError: the version is there.
        DataLossError, FailedPreconditionError: the source cannot be read or made into a SavedModel.
        ResourceExhaustedError, PermissionDeniedError: it cannot be written.
    """
    started = time.monotonic()
    if source != "mnist" and (checkpoint is not None or train_plan is not None):
        raise InvalidArgumentError(f"A checkpoint or a training goes with mnist, not with {source}.")
    if source == "mnist":
        chosen = _Source("mnist", _mnist_writer(checkpoint, train_plan, on_progress))
    else:
        chosen = _find_source(source)
    model_name = chosen.name if name is None else name
    check_model_name(model_name)
    base_path = output / model_name
    with tensorflow_errors(base_path), new_version(base_path, model_version, force=force) as new:
        trained = chosen.write(new.temporary)
        signatures = tuple(sorted(read_saved_model(new.temporary).signatures))
        num_bytes = sum(path.stat().st_size for path in new.temporary.rglob("*") if path.is_file())
    return ExportReport(
        name=model_name,
        version=new.version,
        path=new.path,
        signatures=signatures,
        num_bytes=num_bytes,
        seconds=time.monotonic() - started,
        checkpoint=trained.checkpoint if train_plan is not None and trained is not None else checkpoint,
        test_accuracy=None if trained is None else trained.test_accuracy,
    )


def _find_source(source: str) -> _Source:
    """What `source` means; raises NotFoundError, naming what is accepted, if it means nothing."""
    path = Path(source)
    if source == "half_plus_two":
        return _Source(source, write_half_plus_two)
    if source == "half_plus_three":
        return _Source(source, write_half_plus_three)
    if path.suffix in KERAS_SUFFIXES:
        return _Source(path.stem, partial(_write_keras_file, path))
    if path.is_dir() or path.name in {"saved_model.pb", "saved_model.pbtxt"}:
        saved_model = find_saved_model(path if path.is_dir() else path.parent)
        return _Source(saved_model_name(saved_model), partial(write_saved_model_copy, saved_model))
    if ":" in source and _WINDOWS_PATH.match(source) is None:
        attribute = split_module_object(source)[1]
        return _Source(attribute.rpartition(".")[2], partial(write_module_object, source))
    raise _unknown_source(source)


def _unknown_source(source: str) -> NotFoundError:
    nearest = difflib.get_close_matches(source, SAMPLES, n=1)
    guess = f"Did you mean {nearest[0]}? " if nearest else ""
    return NotFoundError(
        f"There is nothing to export by the name {source}.",
        hint=f"{guess}Accepted are {', '.join(SAMPLES)}; a .keras or .h5 file; the directory of a SavedModel;"
        " and module:object.",
    )


def _write_keras_file(source: Path, path: Path) -> None:
    write_keras_model(load_keras_model(source), path)


def _mnist_writer(
    checkpoint: Path | None, plan: TrainPlan | None, on_progress: OnProgress | None
) -> Callable[[Path], TrainReport | None]:
    if checkpoint is not None and plan is not None:
        raise InvalidArgumentError("Give a checkpoint or a training, not both.")

    def write(path: Path) -> TrainReport | None:
        from tfsctl.export.mnist import write_mnist

        if checkpoint is not None:
            write_mnist(checkpoint_path(checkpoint), path)
            return None
        with tempfile.TemporaryDirectory() as scratch:
            report = train_mnist(plan or TrainPlan(output=Path(scratch)), on_progress)
            write_mnist(report.checkpoint, path)
        return report

    return write
