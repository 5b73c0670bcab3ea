"""`tfsctl serve --docker`: the same as `tfsctl serve`, but the server is TensorFlow Serving's image."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tfsctl.cli._docker.options import DockerOptions
from tfsctl.errors import (
    CancelledError,
    ServerStartError,
    TfsctlError,
    UnknownError,
    UsageError,
)

if TYPE_CHECKING:
    from tfsctl.cli._frame.console import Console
    from tfsctl.cli._serve.flags import ServeFlags
    from tfsctl.container import ContainerPlan
    from tfsctl.container.running_container import RunningContainer

_LONGEST_EXAMPLE = 200


def serve_in_docker(
    console: Console, paths: Sequence[str], flags: ServeFlags, options: DockerOptions, *, name: str, detach: bool
) -> None:
    """Run a container, say what it serves and where, and wait until it ends or somebody wants it to.

    With `detach` it goes on by itself once its models are available; `name` is the container's.

    Raises:
        UsageError: options do not go together.
        ServerStartError: anything else on the way to a server that answers; nothing is left behind.
        UnknownError: the server ended by itself later.
    """
    from tfsctl.cli._docker.check import check_first

    with _start_errors():
        plan = container_plan(paths, flags, options, name=name)
        if options.print_command:
            _print(console, plan, name=name, detach=detach)
            return
        check_first(console, paths, flags, image=plan.image)
        ended = _run(console, plan, options, drain_seconds=flags.drain_seconds, detach=detach)
    if ended is not None:
        raise ended


def container_plan(paths: Sequence[str], flags: ServeFlags, options: DockerOptions, *, name: str) -> ContainerPlan:
    """The container that serves these paths with these flags; without a `name` it is given one.

    Raises UsageError for options that do not go together, and whatever is wrong with paths and files.
    """
    from tfsctl.cli._docker.flags import published_host, published_port, server_arguments
    from tfsctl.cli._docker.models import models_in_container
    from tfsctl.container import ContainerPlan, image_reference

    port, rest_api_port = published_port(flags.port), published_port(flags.rest_api_port)
    if port is None and rest_api_port is None:
        raise UsageError("With neither --port nor --rest-api-port nobody could ask the server anything.")
    arguments, mounts = server_arguments(flags)
    layout = models_in_container(paths, flags)
    return ContainerPlan(
        image=image_reference(options.image, tag=options.image_tag, gpu=options.gpu),
        name=name or _made_up_name(layout.models),
        models=layout.models,
        mounts=(*layout.mounts, *mounts),
        environment=layout.environment,
        files=layout.files,
        arguments=(*layout.arguments, *arguments),
        host=published_host(flags.host),
        port=port,
        rest_api_port=rest_api_port,
        memory=options.memory,
        cpus=options.cpus,
        gpu=options.gpu,
        speaks_tls=bool(flags.ssl_config_file),
    )


def _made_up_name(models: Sequence[str]) -> str:
    model = re.sub(r"[^A-Za-z0-9_.-]", "_", models[0])[:40] if len(models) == 1 else "models"
    return f"tfsctl-{model}-{secrets.token_hex(3)}"


def _print(console: Console, plan: ContainerPlan, *, name: str, detach: bool) -> None:
    from tfsctl.container import docker_run_line

    line = docker_run_line(plan, name=name, detach=detach)
    if console.as_json:
        console.show_json({"command": line})
    else:
        console.show(line)


def _run(
    console: Console, plan: ContainerPlan, options: DockerOptions, *, drain_seconds: float, detach: bool
) -> TfsctlError | None:
    """Serve until the end; an error that came after the server had started is returned."""
    from tfsctl.container.engine import open_engine
    from tfsctl.container.interruption import Interruption
    from tfsctl.container.starting import running

    with Interruption() as interruption, open_engine() as engine:
        have_image(console, engine, plan.image, options)
        with running(engine, plan, interruption=interruption, drain_seconds=drain_seconds) as server:
            if not console.quiet:
                server.follow_logs(console.say)
            server.wait_until_available(timeout_seconds=options.start_timeout)
            if not detach:
                return _serve(console, server)
            with interruption.shielded():
                _announce(console, server, how_to_stop=f"`tfsctl stop {server.name}` stops")
                server.is_left = True
            return None


def have_image(console: Console, engine: Any, image: str, options: DockerOptions) -> None:
    """Pull the image if it is missing or that is wanted, and warn where it is made for another kind of machine."""
    from tfsctl.container.image import ensure_image, foreign_architecture

    with console.progress(f"Pulling {image}") as progress:
        ensure_image(engine, image, pull=options.pull, on_pull=progress.update)
    foreign = foreign_architecture(engine, image)
    if foreign is not None:
        console.warn(f"{image} is built for {foreign}, which this machine can at best emulate.")


def _serve(console: Console, server: RunningContainer) -> TfsctlError | None:
    """Announce the server and wait until it ends; None if it did so because somebody wanted it to."""
    try:
        _announce(console, server, how_to_stop="Ctrl-C stops")
        ended = server.wait()
    except KeyboardInterrupt:  # Also how SIGTERM arrives. Stopping is what was wanted, so it is no failure.
        console.say("\nStopping the container (Ctrl-C again kills it) ...")
        return None
    except TfsctlError as error:
        return error
    if ended.was_stopped:
        console.say("The container was stopped.")
        return None
    message, hint = ended.explanation(server.plan)
    return UnknownError(message, hint=hint)


def _announce(console: Console, server: RunningContainer, *, how_to_stop: str) -> None:
    """Say what is served and where; with --json on stdout, for scripts that chose port 0."""
    from tfsctl.cli._serve.announcement import announcement_lines

    announced = {"name": server.name, **_announcement(server)}
    if console.as_json:
        console.show_json(announced)
    for line in announcement_lines(announced, how_to_stop=how_to_stop):
        console.say(line)


def _announcement(server: RunningContainer) -> dict[str, Any]:
    """What the server serves and where, in the form of `tfsctl.cli._serve.announcement.announcement`."""
    from tfsctl.cli._serve.served import ServedModel, curl_line_at
    from tfsctl.client import connect

    models = [ServedModel(name, None, {}) for name in server.plan.models]
    if server.rest is not None or not server.plan.speaks_tls:
        address = f"http://{server.rest}" if server.rest is not None else f"grpc://{server.grpc}"
        with connect(address) as client:
            found = [client.metadata(name) for name in server.plan.models]
        models = [ServedModel(model.name, model.version, dict(model.signatures)) for model in found]
    examples = [curl_line_at(server.rest, model) for model in models if server.rest is not None]
    return {
        "grpc": server.grpc,
        "rest": server.rest,
        "rest_url": None if server.rest is None else f"http://{server.rest}",
        "models": [{"name": model.name, "version": model.version} for model in models],
        "signatures": {model.name: sorted(model.signatures) for model in models},
        "example": next((line for line in examples if line and len(line) < _LONGEST_EXAMPLE), None),
    }


@contextlib.contextmanager
def _start_errors() -> Iterator[None]:
    """Whatever is wrong with Docker, the image, paths, models or ports means that the server did not start."""
    try:
        yield
    except (UsageError, ServerStartError, CancelledError):
        raise
    except TfsctlError as error:
        from tfsctl.cli._serve.port_holder import with_port_holder

        raise with_port_holder(ServerStartError(error.message, hint=error.hint)) from error
