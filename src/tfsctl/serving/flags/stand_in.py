"""`python -m tfsctl.serving`: takes the place of `tensorflow_model_server` (tensorflow-serving.md §8).

The same flags with the same defaults, the same words on the same streams, the same exit status. Unlike `tfsctl serve`
it listens on all addresses, a port 0 turns an API off, and it wants to be told what to serve.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from tfsctl.errors import InvalidArgumentError, ServerStartError, TfsctlError, UsageError
from tfsctl.serving.config import ModelConfig, ServerConfig
from tfsctl.serving.flags.config import check_credentials, server_config
from tfsctl.serving.flags.parser import parse_flags, usage
from tfsctl.serving.flags.table import ServerFlags
from tfsctl.serving.flags.versions import version_lines
from tfsctl.serving.server_log import start_logging

FAILED = 255  # What TF Serving's -1 becomes.

_LOGGER = logging.getLogger("tfsctl.serving")
_PROGRAM = "python -m tfsctl.serving"
_HELP = ("--help", "-help", "-h", "--helpfull")


def main(args: Sequence[str]) -> int:
    """Run with these command line arguments until the process is asked to end; returns its exit status."""
    if any(arg in _HELP for arg in args):
        _write(sys.stdout, usage(ServerFlags, program=_PROGRAM))
        return 0
    try:
        flags = parse_flags(ServerFlags, args)
    except UsageError as error:
        _write(sys.stderr, error.message, error.hint)
        _write(sys.stdout, usage(ServerFlags, program=_PROGRAM))
        return FAILED
    if flags.version:
        _write(sys.stdout, *version_lines())
        return 0
    start_logging()
    try:
        return _run(flags)
    except TfsctlError as error:
        _write(sys.stderr, error.hint)
        _write(sys.stdout, f"Failed to start server. Error: {error.code.name}: {error.message}")
        return FAILED


def _run(flags: ServerFlags) -> int:
    config = stand_in_config(flags)
    _check_grpc_addresses(config)
    from tfsctl.serving.server import Server
    from tfsctl.serving.signals import run_until_signal

    return run_until_signal(Server(config))


def stand_in_config(flags: ServerFlags) -> ServerConfig:
    """The configuration that TF Serving would run with, given `flags`.

    Raises InvalidArgumentError with TF Serving's texts, and what `tfsctl.serving.flags.config.server_config` raises.
    """
    if not flags.port and not flags.grpc_socket_path:
        raise InvalidArgumentError(
            "At least one of server_options.grpc_port or server_options.grpc_socket_path must be set."
        )
    check_credentials(flags)
    if not flags.model_base_path and not flags.model_config_file:
        raise InvalidArgumentError(
            "Both server_options.model_base_path and server_options.model_config_file are empty!"
        )
    return server_config(
        flags,
        models=() if flags.model_config_file else (_model(flags),),
        port=flags.port or None,
        rest_api_port=_rest_api_port(flags),
        rest_api_is_optional=True,
    )


def _model(flags: ServerFlags) -> ModelConfig:
    return ModelConfig(name=flags.model_name, base_path=flags.model_base_path)


def _rest_api_port(flags: ServerFlags) -> int | None:
    """The REST port; where it is gRPC's, TF Serving serves gRPC alone."""
    if flags.rest_api_port and flags.rest_api_port == flags.port:
        _LOGGER.error(
            "server_options.http_port cannot be same as grpc_port. Please use a different port for HTTP/REST API."
            " Skipped exporting HTTP/REST API."
        )
        return None
    return flags.rest_api_port or None


def _check_grpc_addresses(config: ServerConfig) -> None:
    """Find a taken port before models are loaded for it, and say so in TF Serving's words."""
    from tfsctl.serving.listen_address import ListenAddress

    if config.grpc_socket_path is not None:
        _take_over(config.grpc_socket_path)
    try:
        ListenAddress(host=config.host, port=config.port, socket_path=config.grpc_socket_path).check()
    except ServerStartError as error:
        why = "\n".join(text for text in (error.message, error.hint) if text)
        raise InvalidArgumentError("Failed to BuildAndStart gRPC server", hint=why) from error


def _take_over(path: Path) -> None:
    """Remove a socket, whoever listens there: the last TF Serving to start has it, and its tests count on that."""
    try:
        if path.is_socket():
            path.unlink()
    except OSError as error:
        _LOGGER.warning("Cannot replace UNIX socket %s: %s", path, error.strerror)


def _write(stream: TextIO, *lines: str | None) -> None:
    stream.writelines(f"{line}\n" for line in lines if line)
    stream.flush()
