"""What the flags of `tfsctl serve` become where the server is in a container."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.cli._serve.flags import OFF, ServeFlags
from tfsctl.errors import NotFoundError, UsageError
from tfsctl.serving.flags.table import Flag, ModelServerFlags, flags_of

if TYPE_CHECKING:
    from tfsctl.container import Mount

_FILES = "/etc/tfsctl"
# They say which models, which ports and how long to wait at the end: all that is settled outside the container.
_OUTSIDE = {
    "model_name",
    "model_base_path",
    "model_config_file",
    "port",
    "rest_api_port",
    "host",
    "drain_seconds",
    "version",
}
_SENSELESS = {
    "grpc_socket_path": "A UNIX socket in a container is reached by nobody: leave --grpc-socket-path out.",
    "model_config_file_poll_wait_seconds": "The container has a copy of the configuration, with paths of its own,"
    " and does not see changes: leave --model-config-file-poll-wait-seconds out, and start it anew.",
}


def server_arguments(flags: ServeFlags) -> tuple[tuple[str, ...], tuple[Mount, ...]]:
    """The arguments of the server in the container, and what of this machine's files these need there.

    Raises:
        UsageError: a flag that was given means nothing to TensorFlow Serving, or nothing in a container.
        NotFoundError: a file is missing.
    """
    arguments, mounts = [], []
    for flag, value in _given(flags):
        if flag.value == "FILE":
            mount = _mount(flag, str(value))
            mounts.append(mount)
            arguments.append(f"--{flag.name}={mount.target}")
        else:
            arguments.append(f"--{flag.name}={_text(flag, value)}")
    return tuple(arguments), tuple(mounts)


def published_port(port: int) -> int | None:
    """The port of this machine that a `--port` asks for: 0 for any, None for none."""
    return None if port == OFF else port


def published_host(host: str) -> str:
    """The IP address that `--host` means, as Docker wants it; empty for all. Raises UsageError if it is none."""
    if not host:
        return ""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return socket.gethostbyname(host)
    except OSError as error:
        raise UsageError(f"--host {host} is not an address of this machine.") from error


def _given(flags: ServeFlags) -> Iterator[tuple[Flag, Any]]:
    """TensorFlow Serving's flags that ask for something else than by default."""
    of_tf_serving = {flag.name for flag in flags_of(ModelServerFlags)}
    for flag in flags_of(ServeFlags):
        value = getattr(flags, flag.name)
        if value == flag.default or flag.name in _OUTSIDE:
            continue
        if flag.name in _SENSELESS:
            raise UsageError(_SENSELESS[flag.name])
        if flag.name not in of_tf_serving:
            raise UsageError(
                f"--{flag.name.replace('_', '-')} is tfsctl's own: TensorFlow Serving, which runs in the container,"
                " does not have it.",
                hint="Leave it out, or --docker.",
            )
        yield flag, value


def _mount(flag: Flag, value: str) -> Mount:
    from tfsctl.container import Mount

    file = Path(value).expanduser()
    if not file.is_file():
        raise NotFoundError(f"--{flag.name.replace('_', '-')}: no such file: {value}")
    return Mount(file.resolve(), f"{_FILES}/{flag.name}")


def _text(flag: Flag, value: Any) -> str:
    """A value as TensorFlow Serving reads it."""
    if flag.type is bool:
        return "true" if value else "false"
    if flag.type is float and flag.kind != "float":
        if value != int(value):
            raise UsageError(f"--{flag.name.replace('_', '-')}={value}: TensorFlow Serving takes whole numbers only.")
        return str(int(value))
    return str(value)
