"""What an export did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportReport:
    """A version that a server can load.

    Attributes:
        name: The model's name.
        version: The number of the version written.
        path: Its directory, `<output>/<name>/<version>`.
        signatures: The names of the signatures that can be called, sorted.
        num_bytes: The size of all files together.
        seconds: Wall time, TensorFlow's import and any training included.
        checkpoint: The checkpoint that was exported, if there was one.
        test_accuracy: For `mnist` trained during the export: the share of the test digits read rightly, 0..1.
    """

    name: str
    version: int
    path: Path
    signatures: tuple[str, ...]
    num_bytes: int
    seconds: float
    checkpoint: Path | None = None
    test_accuracy: float | None = None
