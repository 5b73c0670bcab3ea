"""`tfsctl serve`."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfsctl.cli._docker.options import DockerOptions
from tfsctl.cli._frame.command import TypedOptions, command, new_app
from tfsctl.cli._frame.console import Console
from tfsctl.cli._serve.detached import DetachFlag, NameOption
from tfsctl.cli._serve.flag_options import with_flags
from tfsctl.cli._serve.flags import PORT_KIND, ServeFlags, parse_port, port_to_open
from tfsctl.cli._serve.models import PathsArgument, models_to_serve
from tfsctl.errors import CancelledError, ServerStartError, TfsctlError, UsageError

if TYPE_CHECKING:
    from tfsctl.serving import Server, ServerConfig

app = new_app()


@command(app)
@with_flags(ServeFlags, parsers={PORT_KIND: parse_port})
def serve(
    console: Console,
    paths: PathsArgument = None,
    *,
    detach: DetachFlag = False,
    name: NameOption = "",
    docker: DockerOptions,
    typed: TypedOptions,
    flags: ServeFlags,
) -> None:
    """Serve SavedModels over TensorFlow Serving's REST and gRPC APIs.

    New version directories are found and loaded while the server runs; the version before goes on answering until then.
    Ctrl-C or SIGTERM lets running requests finish and ends with status 0; a second Ctrl-C leaves at once.

    The options are TensorFlow Serving's, and its own spelling (`--rest_api_port=8501`) is understood too. Those
    without a value are switched off with `=false`.

    Examples:
      tfsctl serve
      tfsctl serve models/half_plus_two
      tfsctl serve digits=/srv/mnist --host 0.0.0.0 --rest-api-port 80
      tfsctl serve --detach --name digits
      tfsctl serve --docker --memory 2g models/half_plus_two
    """
    if flags.version:
        _show_versions(console)
        return
    docker.check(typed)
    if docker.docker:
        from tfsctl.cli._serve.docker import serve_in_docker

        serve_in_docker(console, paths or [], flags, docker, name=name, detach=detach)
        return
    if detach or name:
        from tfsctl.cli._serve.detached import serve_detached

        serve_detached(console, paths or [], flags, name=name, detach=detach)
        return
    _start_logging(console)
    with _start_errors():
        from tfsctl.serving import Server
        from tfsctl.serving.signals import run_until_signal

        server = Server(config_of(paths or [], flags))
        run_until_signal(server, on_started=lambda: _announce(server, console))


def config_of(paths: list[str], flags: ServeFlags) -> ServerConfig:
    """What the server is told. Raises what `models_to_serve` and `tfsctl.serving.flags.config.server_config` raise."""
    from tfsctl.serving.flags.config import server_config

    return server_config(
        flags,
        models=models_to_serve(
            paths,
            model_name=flags.model_name,
            model_base_path=flags.model_base_path,
            model_config_file=flags.model_config_file,
        ),
        port=port_to_open(flags.port, socket_path=flags.grpc_socket_path),
        rest_api_port=port_to_open(flags.rest_api_port, socket_path=flags.rest_api_socket_path),
        require_models_at_start=not flags.model_base_path and not flags.model_config_file,
    )


def _show_versions(console: Console) -> None:
    from tfsctl import __version__
    from tfsctl.serving.flags.versions import tensorflow_version, version_lines

    if console.as_json:
        console.show_json({"tfsctl": __version__, "tensorflow": tensorflow_version()})
    else:
        console.show("\n".join(version_lines()))


def _start_logging(console: Console) -> None:
    """Send the server's log to stderr: what happens to models and requests, more of it if verbose."""
    from tfsctl.serving.server_log import start_logging

    start_logging(logging.WARNING if console.quiet else logging.DEBUG if console.is_verbose else logging.INFO)


@contextlib.contextmanager
def _start_errors() -> Iterator[None]:
    """Whatever is wrong with paths, models or ports means that the server did not start."""
    try:
        yield
    except ServerStartError as error:
        from tfsctl.cli._serve.port_holder import with_port_holder

        raise with_port_holder(error) from error
    except (UsageError, CancelledError):
        raise
    except TfsctlError as error:
        raise ServerStartError(error.message, hint=error.hint) from error


def _announce(server: Server, console: Console) -> None:
    """Say what is served and where; with --json on stdout, for scripts that chose port 0."""
    from tfsctl.cli._serve.announcement import announcement, announcement_lines

    announced = announcement(server)
    if console.as_json:
        console.show_json(announced)
    for line in announcement_lines(announced, how_to_stop="Ctrl-C stops"):
        console.say(line)
