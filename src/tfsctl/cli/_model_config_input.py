"""A model config file as the command line names it, checked before a server sees it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tfsctl.cli._frame.console import Console
from tfsctl.errors import UsageError


def read_config_text(path: Path) -> str:
    """The text of a file, or of standard input for `-`; UsageError where it cannot be read."""
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}.", hint="It is the file that a server's --model-config-file names."
        ) from error
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not text: {error}.") from error


def check_config(config: Any, *, source: str, console: Console) -> None:
    """Raise UsageError for what every server would refuse; warn of what depends on the server."""
    from tfsctl.client.model_config_text import check_model_config, relative_base_paths

    check_model_config(config, source=source)
    for name, base_path in relative_base_paths(config):
        console.warn(
            f"The base_path of {name} is relative: {base_path} means what it does where the server was started, and"
            " TensorFlow Serving refuses it."
        )
