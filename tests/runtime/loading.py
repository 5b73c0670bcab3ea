"""The types of this directory's fixtures, and scripts in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from tfsctl.runtime import Model

Runtime = Literal["c_api", "python"]
Array = np.ndarray[Any, Any]


class Load(Protocol):
    def __call__(self, name: str, **options: Any) -> Model: ...


def run(model: Model, inputs: Mapping[str, Any], name: str = "serving_default", **options: Any) -> dict[str, Array]:
    """Run signature `name` of `model`; lists become arrays of float32."""
    arrays = {alias: np.array(v, np.float32) if isinstance(v, list) else v for alias, v in inputs.items()}
    return model.run(model.info.signatures[name], arrays, **options)


def run_script(script: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a new process, with nothing of this one's TensorFlow settings."""
    import os

    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", textwrap.dedent(script), *map(str, arguments)],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
