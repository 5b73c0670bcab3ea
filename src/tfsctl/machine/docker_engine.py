"""Whether `tfsctl serve --docker` has an engine to ask."""

from __future__ import annotations

import shutil

from tfsctl.errors import TfsctlError
from tfsctl.machine.condition import Condition, State

_TIMEOUT_SECONDS = 1.0


def docker() -> Condition:
    """The engine: there, running, and open to this user. Nothing but --docker needs it."""
    from tfsctl.container.engine_address import check_engine, engine_address

    binary = shutil.which("docker")
    command = f"docker at {binary}" if binary is not None else "no docker command, which nobody needs"
    try:
        address = engine_address()
        check_engine(address, timeout_seconds=_TIMEOUT_SECONDS)
    except TfsctlError as error:
        return Condition("docker", "Docker", State.WARNING, error.message, error.hint)
    return Condition("docker", "Docker", State.OK, f"{address} answers; {command}")
