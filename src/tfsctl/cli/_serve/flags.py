"""What the flags of TensorFlow Serving mean to `tfsctl serve`, where that is something else than in the original."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from tfsctl.serving.flags.table import MODELS, NETWORK, About, ServerFlags, Text

OFF = -1  # A port that is not to be opened.

PORT_KIND = "port"
Port = Annotated[int, PORT_KIND]


@dataclass(frozen=True, kw_only=True)
class ServeFlags(ServerFlags):
    """The flags of `tfsctl serve`: REST is on, nobody but this machine can connect, and paths give models names."""

    model_name: Annotated[Text, About(MODELS, "The one model's name.  [default: its directory's]", "NAME")] = ""
    host: Annotated[Text, About(NETWORK, "The address to listen on; 0.0.0.0 for all.", "ADDRESS")] = "127.0.0.1"
    port: Annotated[Port, About(NETWORK, "The port for gRPC; 0 takes a free one, off opens none.", "PORT")] = 8500
    rest_api_port: Annotated[Port, About(NETWORK, "The port for REST; likewise.", "PORT")] = 8501


def parse_port(value: Any) -> int:
    """A port, or OFF for the word `off`. A number may come from a settings file, and is checked later."""
    text = str(value)
    if text == "off":
        return OFF
    if not text.isdecimal() and value != OFF:
        raise typer.BadParameter(f"'{text}' is neither a port number nor off.")
    return int(text)


def port_to_open(port: int, *, socket_path: str) -> int | None:
    """The port that a server opens, 0 for any, None for none: beside a UNIX socket 0 means none, as in TF Serving."""
    return None if port == OFF or (port == 0 and socket_path) else port
