"""Where what is kept for a user lies: servers in the background, saved reports."""

from __future__ import annotations

import os
from pathlib import Path


def state_path(kind: str) -> Path:
    """The directory for one kind of things, which may not be there yet.

    It is in the directory that TFSCTL_STATE_DIR names, or else in the user's state directory.
    """
    directory = os.environ.get("TFSCTL_STATE_DIR")
    if directory:
        return Path(directory).absolute() / kind
    from platformdirs import user_state_path

    return user_state_path("tfsctl", appauthor=False) / kind
