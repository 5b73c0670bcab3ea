"""Take a container away."""

from __future__ import annotations

import contextlib
from typing import Any

from tfsctl.container.engine import engine_errors
from tfsctl.errors import NotFoundError


def remove_container(container: Any) -> None:
    """Remove one of the SDK's containers, running or not; one that is gone already is fine."""
    with contextlib.suppress(NotFoundError), engine_errors(container.name):
        container.remove(force=True, v=True)
