"""The containers that tfsctl started and left running."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfsctl.container.container_server import MANAGED_LABEL, ContainerServer, read_server
from tfsctl.container.engine import engine_errors, open_engine
from tfsctl.container.removal import remove_container
from tfsctl.container.running_container import lines_of
from tfsctl.errors import NotFoundError, TfsctlError

if TYPE_CHECKING:
    from docker import DockerClient

_LIST_SECONDS = 0.8
_OURS = {"label": f"{MANAGED_LABEL}=true"}


def list_servers() -> tuple[ContainerServer, ...]:
    """The servers in containers, ended ones included, the newest first; none where no engine answers at once."""
    try:
        with open_engine(timeout_seconds=_LIST_SECONDS) as engine, engine_errors("containers"):
            found = engine.api.containers(all=True, filters=_OURS)
    except TfsctlError:
        return ()
    return tuple(read_server(description) for description in found)


def stop(name: str, *, timeout_seconds: float = 30.0) -> None:
    """Stop the server in the container `name`, and remove it; after that time it is killed.

    Raises NotFoundError if tfsctl started no container of that name, and what `tfsctl.container.engine.open_engine` and
    `engine_errors` raise.
    """
    with open_engine() as engine:
        container = _container(engine, name)
        try:
            with engine_errors(name):
                container.stop(timeout=round(timeout_seconds))
        finally:
            remove_container(container)


def logs(name: str, *, follow: bool = False, num_lines: int | None = None) -> Iterator[str]:
    """What the server in the container `name` said, line by line: all of it, or the last `num_lines`.

    With `follow`, go on until it ends. Raises as `stop` does.
    """
    with open_engine() as engine:
        container = _container(engine, name)
        with engine_errors(name):
            tail = "all" if num_lines is None else num_lines
            stream = container.logs(stream=True, follow=follow, tail=tail)
            try:
                yield from lines_of(stream)
            finally:
                with contextlib.suppress(OSError):  # The connection may be closed already.
                    stream.close()
                stream._response.close()  # noqa: SLF001 (the SDK leaves the socket's file open, and so the socket)


def _container(engine: DockerClient, name: str) -> Any:
    with engine_errors(name):
        found = engine.containers.list(all=True, filters={**_OURS, "name": f"^/{name}$"})
    if not found:
        raise NotFoundError(f"No container named {name} was started by tfsctl.", hint="tfsctl ps lists what runs.")
    return found[0]
