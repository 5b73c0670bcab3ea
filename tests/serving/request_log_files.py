"""Request logs read back, for tests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tfsctl.protos import PredictionLog
from tfsctl.tf_record import read_records

_SECONDS = 20.0


def logged(path: Path) -> list[Any]:
    """The PredictionLog messages in a file."""
    return [PredictionLog.FromString(record) for record in read_records(path)]


def wait_for_logged(path: Path, number: int) -> list[Any]:
    """The same, once there are so many: a log is written in the background."""
    deadline = time.monotonic() + _SECONDS
    while len(messages := logged(path) if path.exists() else []) < number:
        assert time.monotonic() < deadline, f"{len(messages)} of {number} requests logged to {path}"
        time.sleep(0.02)
    return messages


def logging_config(prefix: Path | str, rate: float = 1.0) -> str:
    """The field of a model's configuration, in text form."""
    collector = f'log_collector_config {{ type: "tfrecord" filename_prefix: "{prefix}" }}'
    return f"logging_config {{ {collector} sampling_config {{ sampling_rate: {rate} }} }}"
