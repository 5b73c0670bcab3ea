"""What `--version` says, in TF Serving's form (tensorflow-serving.md §8)."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import tfsctl

# The same TensorFlow comes under several names.
_DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos")


def version_lines() -> tuple[str, str]:
    """The two lines: the server's version and that of the TensorFlow installed, which is not imported."""
    return f"TensorFlow ModelServer: {tfsctl.__version__}", f"TensorFlow Library: {tensorflow_version()}"


def tensorflow_version() -> str:
    """The version of the TensorFlow installed."""
    for name in _DISTRIBUTIONS:
        with suppress(PackageNotFoundError):
            return version(name)
    return "not installed"
