"""The servers that `tfsctl tune` measures: processes of our own, or containers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tfsctl.cli._docker.options import DockerOptions
from tfsctl.cli._serve.flags import ServeFlags

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console
    from tfsctl.tune import StartServer

# Nobody else asks these servers: there is nothing to be waited for at their end.
_DRAIN_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class TuneDockerOptions(DockerOptions):
    """The same as for `tfsctl serve`; there is no one container to print."""

    print_command: Annotated[bool, typer.Option("--print", hidden=True)] = False


@contextlib.contextmanager
def servers(
    console: Console, model: str, docker: TuneDockerOptions, *, protocol: Literal["rest", "grpc"], directory: Path
) -> Iterator[StartServer]:
    """What starts a server of the model at `model` with some flags, on a free port; logs go into `directory`.

    What that raises: ServerStartError where a server does not start, with what it said last, and for containers
    whatever is wrong with the engine or the image.
    """
    if not docker.docker:
        from tfsctl.cli._serve.server_process import terminated_like_interrupted

        with terminated_like_interrupted():
            yield lambda flags: _process(model, flags, protocol=protocol, log=directory / "server.log")
        return
    from tfsctl.cli._serve.docker import container_plan, have_image
    from tfsctl.container.engine import open_engine
    from tfsctl.container.interruption import Interruption
    from tfsctl.container.starting import running

    with Interruption() as interruption, open_engine() as engine:
        have_image(console, engine, container_plan([model], _flags({}), docker, name="").image, docker)

        @contextlib.contextmanager
        def start(flags: Mapping[str, Any]) -> Iterator[str]:
            plan = container_plan([model], _flags(flags), docker, name="")
            with running(engine, plan, interruption=interruption, drain_seconds=_DRAIN_SECONDS) as server:
                server.wait_until_available(timeout_seconds=docker.start_timeout)
                yield f"http://{server.rest}" if protocol == "rest" else f"grpc://{server.grpc}"

        yield start


@contextlib.contextmanager
def _process(model: str, flags: Mapping[str, Any], *, protocol: Literal["rest", "grpc"], log: Path) -> Iterator[str]:
    from tfsctl.cli._serve.detached import arguments
    from tfsctl.cli._serve.server_process import serving_process

    every_flag = arguments([model], _flags({**flags, "drain_seconds": _DRAIN_SECONDS}))
    with serving_process(every_flag, log=log) as server:
        yield f"http://{server.rest}" if protocol == "rest" else f"grpc://{server.grpc}"


def _flags(flags: Mapping[str, Any]) -> ServeFlags:
    return ServeFlags(port=0, rest_api_port=0, **flags)
