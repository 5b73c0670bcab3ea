"""Writes BatchingParameters files, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NEVER_MICROS = 3_600_000_000
_BARE = ("allowed_batch_sizes", "pad_variable_length_inputs")


def write_parameters(file: Path, **values: Any) -> Path:
    """Write `file` with these values; returns it."""
    lines = [f"{name}: {value}" if name in _BARE else f"{name} {{ value: {value} }}" for name, value in values.items()]
    file.write_text("\n".join(lines).replace("True", "true") + "\n")
    return file
