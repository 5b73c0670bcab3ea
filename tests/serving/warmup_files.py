"""Copies of the zoo's models with warm-up files, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from serving.example_calls import example, given
from serving.grpc_calls import model_spec, tensor
from tfsctl.protos import PredictionLog
from tfsctl.tf_record import TfRecordWriter

WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


def write_records(path: Path, records: Iterable[Any]) -> Path:
    """A TFRecord file of messages or bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with TfRecordWriter(path) as writer:
        for record in records:
            writer.write(record if isinstance(record, bytes) else record.SerializeToString())
    return path


def model_with(zoo: Path, base_path: Path, records: Iterable[Any], *, version: int = 1) -> Path:
    """Copy version 1 of the zoo's model of the base path's name, with a warm-up file; returns the version directory."""
    version_dir = base_path / str(version)
    shutil.copytree(zoo / base_path.name / "1", version_dir)
    write_records(version_dir / WARMUP_FILE, records)
    return version_dir


def predict_log(signature: str = "", **inputs: Any) -> Any:
    """A request of another model's third version: none of that counts."""
    log = PredictionLog()
    log.predict_log.request.model_spec.CopyFrom(model_spec("another", 3, signature=signature))
    for alias, value in inputs.items():
        array = value if isinstance(value, np.ndarray) else np.array(value, np.float32)
        log.predict_log.request.inputs[alias].CopyFrom(tensor(array))
    return log


def classify_log(signature: str = "classify", *features: float) -> Any:
    log = PredictionLog()
    _fill(log.classify_log.request, signature, features or (1.0,))
    return log


def regress_log(signature: str = "regress", *features: float) -> Any:
    log = PredictionLog()
    _fill(log.regress_log.request, signature, features or (1.0,))
    return log


def multi_inference_log(*tasks: tuple[str, str], name: str = "another") -> Any:
    """Each task is a signature and a method's last word."""
    log = PredictionLog()
    request = log.multi_inference_log.request
    request.input.CopyFrom(given(example(x=1.0)))
    for signature, method in tasks:
        task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.CopyFrom(model_spec(name, signature=signature))
    return log


def _fill(request: Any, signature: str, features: tuple[float, ...]) -> None:
    request.model_spec.CopyFrom(model_spec("another", label="stable", signature=signature))
    request.input.CopyFrom(given(*(example(x=value) for value in features)))
