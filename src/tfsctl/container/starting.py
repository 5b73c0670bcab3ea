"""From a plan to a running container, and back to nothing."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tfsctl.container.container_server import GRPC_PORT, REST_PORT, labels_of
from tfsctl.container.engine import engine_errors
from tfsctl.container.removal import remove_container
from tfsctl.container.running_container import RunningContainer

if TYPE_CHECKING:
    from docker import DockerClient

    from tfsctl.container.interruption import Interruption
    from tfsctl.container.plan import ContainerPlan


@contextlib.contextmanager
def running(
    engine: DockerClient, plan: ContainerPlan, *, interruption: Interruption, drain_seconds: float
) -> Iterator[RunningContainer]:
    """Make and start the container of `plan`, for as long as the block runs unless it sets `is_left`.

    At the block's end the server has `drain_seconds` to finish what it does, at its failure none, and a
    KeyboardInterrupt meanwhile ends the waiting. Then the container is removed.

    Raises what `tfsctl.container.engine_errors.error_of_engine` makes of the engine's complaints: a port in use, a path
    that it does not see, a name in use. Nothing of the container is left then.
    """
    with interruption.shielded():
        container = _create(engine, plan)
    started: RunningContainer | None = None
    try:
        with interruption.shielded():
            started = _start(container, plan)
        yield started
        if not started.is_left:
            started.stop(timeout_seconds=drain_seconds)
        started.stop_following()
    finally:
        if started is None or not started.is_left:
            with interruption.shielded():
                remove_container(container)


def _create(engine: DockerClient, plan: ContainerPlan) -> Any:
    with engine_errors(plan.image):
        return engine.containers.create(plan.image, list(plan.arguments), **_settings(plan))


def _start(container: Any, plan: ContainerPlan) -> RunningContainer:
    with engine_errors(plan.image):
        if plan.files:
            container.put_archive("/", _archive(plan))
        container.start()
        container.reload()
    return RunningContainer(container, plan)


def _settings(plan: ContainerPlan) -> dict[str, Any]:
    """The plan in the SDK's words."""
    from docker.types import DeviceRequest
    from docker.types import Mount as DockerMount

    published = {GRPC_PORT: plan.port, REST_PORT: plan.rest_api_port}
    return {
        "name": plan.name,
        "labels": labels_of(plan.name, plan.models),
        "environment": dict(plan.environment),
        "mounts": [DockerMount(m.target, str(m.source), type="bind", read_only=True) for m in plan.mounts],
        "ports": {f"{port}/tcp": (plan.host, at or None) for port, at in published.items() if at is not None},
        # Without it the server is process 1, for which SIGTERM means nothing unless it has a handler; the shell of TF
        # Serving's image has none, and would be killed after a long wait.
        "init": True,
        "detach": True,
        **({"mem_limit": plan.memory, "memswap_limit": plan.memory} if plan.memory else {}),
        **({"nano_cpus": round(plan.cpus * 1e9)} if plan.cpus else {}),
        **({"device_requests": [DeviceRequest(count=-1, capabilities=[["gpu"]])]} if plan.gpu else {}),
    }


def _archive(plan: ContainerPlan) -> bytes:
    """The files of a plan as the engine takes them: a tar of all that is to lie below the root."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path, text in plan.files.items():
            data = text.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()
