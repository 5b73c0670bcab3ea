"""Save a trained model and its figures, each complete or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tfsctl.disk import replacing
from tfsctl.train.report import TrainReport
from tfsctl.train.tensorflow_import import import_tensorflow, tensorflow_errors


def save_checkpoint(model: Any, path: Path) -> None:
    """Write a Keras model as the `.keras` file `path`, replacing one that is there.

    Raises:
        ResourceExhaustedError, PermissionDeniedError, FailedPreconditionError: the disk's errors (tfsctl.disk).
    """
    with tensorflow_errors(path), replacing(path) as temporary:
        model.save(temporary)


def save_metrics(report: TrainReport) -> None:
    """Write the figures of `report` as JSON to `report.metrics`; raises as `save_checkpoint`."""
    figures = asdict(report)
    figures["checkpoint"] = report.checkpoint.name
    del figures["metrics"]
    figures["tensorflow_version"] = import_tensorflow().__version__
    with replacing(report.metrics) as temporary:
        temporary.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
