"""What a warm-up file is made of, and what importing that costs."""

from __future__ import annotations

import subprocess
import sys

from tfsctl.serving.warmup.replay import MAX_WARMUP_RECORDS
from tfsctl.warmup.plan import MAX_RECORDS


def test_the_limit_is_the_servers() -> None:
    assert MAX_RECORDS == MAX_WARMUP_RECORDS


def test_importing_the_package_loads_neither_numpy_nor_tensorflow() -> None:
    heavy = ("numpy", "tensorflow", "google.protobuf")
    program = f"import sys, tfsctl.warmup; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "[]\n"
