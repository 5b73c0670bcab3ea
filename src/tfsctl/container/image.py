"""Have an image on this machine before a container is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tfsctl.container.engine import engine_errors
from tfsctl.container.engine_errors import error_of_engine

if TYPE_CHECKING:
    from docker import DockerClient

PullPolicy: TypeAlias = Literal["missing", "always", "never"]
# Takes the megabytes that have arrived, those that are to come as far as is known, and what goes on.
OnPull: TypeAlias = Callable[[int, int | None, str], None]

_MEGABYTE = 1_000_000
# Docker's names for processors, by what its daemon says of its machine.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def ensure_image(engine: DockerClient, reference: str, *, pull: PullPolicy, on_pull: OnPull) -> None:
    """Have the image `reference` here: pulled if it is missing, always, or never.

    `on_pull` is called as layers arrive. An interrupted pull leaves nothing that Docker would not use the next time.

    Raises what `tfsctl.container.engine_errors.error_of_engine` makes of the engine's complaint: NotFoundError where
    the image is nowhere, UnavailableError without network, PermissionDeniedError where the registry refuses.
    """
    if pull == "never":
        with engine_errors(reference):
            engine.images.get(reference)
    elif pull == "always" or not _is_here(engine, reference):
        _pull(engine, reference, on_pull)


def foreign_architecture(engine: DockerClient, reference: str) -> str | None:
    """The processor that an image is built for, as `amd64`, if it is another than the engine's; None if it is that."""
    with engine_errors(reference):
        wanted = engine.images.get(reference).attrs.get("Architecture", "")
        machine = engine.info().get("Architecture", "")
    return None if not wanted or wanted == _ARCHITECTURES.get(machine, machine) else wanted


def _is_here(engine: DockerClient, reference: str) -> bool:
    from docker.errors import ImageNotFound

    with engine_errors(reference):
        try:
            engine.images.get(reference)
        except ImageNotFound:
            return False
    return True


def _pull(engine: DockerClient, reference: str, on_pull: OnPull) -> None:
    layers: dict[str, tuple[int, int]] = {}
    with engine_errors(reference):
        # A digest stands where a tag would, and the SDK tells the two apart.
        for event in engine.api.pull(reference, stream=True, decode=True):
            if "error" in event:
                raise error_of_engine(str(event["error"]), reference)
            _count(event, layers)
            done = sum(done for done, _ in layers.values()) // _MEGABYTE
            total = sum(total for _, total in layers.values()) // _MEGABYTE
            on_pull(done, total or None, f"MB, {event.get('status', '').lower()}")


def _count(event: Mapping[str, Any], layers: dict[str, tuple[int, int]]) -> None:
    """Note how much of a layer has arrived: downloading tells it, a completed download has no numbers any more."""
    layer, detail = event.get("id", ""), event.get("progressDetail") or {}
    status = event.get("status")
    if status == "Downloading" and detail.get("total"):
        layers[layer] = (detail.get("current", 0), detail["total"])
    elif status in {"Download complete", "Pull complete"} and layer in layers:
        layers[layer] = (layers[layer][1], layers[layer][1])
