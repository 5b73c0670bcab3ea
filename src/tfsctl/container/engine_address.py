"""Where the Docker engine is, and whether somebody is there, without loading the SDK."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tfsctl.errors import FailedPreconditionError, PermissionDeniedError, TfsctlError, UnavailableError

_DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_DEFAULT_PIPE = "npipe:////./pipe/docker_engine"
_WITHOUT = "`tfsctl serve` without --docker needs none."
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def engine_address() -> str:
    """The address that Docker's own command line would use: DOCKER_HOST, the context, or this system's default."""
    address = os.environ.get("DOCKER_HOST")
    if address:
        return address
    context = os.environ.get("DOCKER_CONTEXT") or _current_context()
    if context in {"", "default"}:
        return _DEFAULT_PIPE if sys.platform == "win32" else _DEFAULT_SOCKET
    from docker.context import ContextAPI

    found = ContextAPI.get_context(context)
    if found is None:
        raise FailedPreconditionError(
            f"Docker is told to use the context {context}, which does not exist.", hint="docker context use default"
        )
    return str(found.Host)


def _current_context() -> str:
    directory = os.environ.get("DOCKER_CONFIG")
    file = (Path(directory) if directory else Path.home() / ".docker") / "config.json"
    try:
        name = json.loads(file.read_text()).get("currentContext", "")
    except (OSError, ValueError, AttributeError):  # Docker itself takes what it cannot read for empty.
        return ""
    return name if isinstance(name, str) else ""


def check_engine(address: str, *, timeout_seconds: float) -> None:
    """Raise the error that says what to do where no engine of this machine accepts connections at `address`.

    Raises:
        UnavailableError: Docker is not installed, or its daemon does not run.
        PermissionDeniedError: this user may not talk to it.
        FailedPreconditionError: the address is another machine's, which does not see the models of this one.
    """
    url = urlsplit(address)
    if url.scheme in {"unix", "http+unix"}:
        _check_socket(url.path, timeout_seconds)
    elif url.scheme != "npipe" and url.hostname not in _LOOPBACK:
        raise FailedPreconditionError(
            f"The Docker engine is at {address}, on another machine, which does not see the models of this one.",
            hint="Run this there, or use this machine's engine: unset DOCKER_HOST; docker context use default",
        )


def _check_socket(path: str, timeout_seconds: float) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_seconds)
        try:
            connection.connect(path)
        except PermissionError as error:
            raise PermissionDeniedError(
                f"This user may not talk to Docker: {path}: {error.strerror}.",
                hint="sudo usermod -aG docker $USER, then log in again (whoever is in that group can become root)."
                f"\n{_WITHOUT}",
            ) from error
        except OSError as error:
            raise not_running(f"{path}: {error.strerror or error}") from error


def not_running(why: str) -> TfsctlError:
    """The error for an engine that does not answer."""
    if shutil.which("docker") is None and shutil.which("dockerd") is None:
        return UnavailableError(
            f"Docker is not installed, or not where it is looked for ({why}).",
            hint=f"Install it: https://docs.docker.com/get-docker/\n{_WITHOUT}",
        )
    start = "sudo systemctl start docker" if sys.platform == "linux" else "start Docker Desktop"
    return UnavailableError(f"The Docker daemon is not running ({why}).", hint=f"Start it: {start}\n{_WITHOUT}")
