"""What a server says of itself once it is ready: a value for scripts, and lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tfsctl.errors import FailedPreconditionError

if TYPE_CHECKING:
    from tfsctl.serving import Server

_LONGEST_EXAMPLE = 200


def announcement(server: Server) -> dict[str, Any]:
    """What a started server serves and where, as a JSON object."""
    from tfsctl.cli._serve.served import curl_line, served_models

    models = served_models(server)
    examples = [curl_line(server, model) for model in models]
    rest = _address(server, "rest")
    scheme = "https" if server.config.rest_ssl else "http"
    return {
        "grpc": _address(server, "grpc"),
        "rest": rest,
        "rest_url": rest if rest is None or rest.startswith("unix:") else f"{scheme}://{rest}",
        "models": [{"name": model.name, "version": model.version} for model in models],
        "signatures": {model.name: sorted(model.signatures) for model in models},
        "example": next((line for line in examples if line and len(line) < _LONGEST_EXAMPLE), None),
    }


def announcement_lines(announced: Mapping[str, Any], *, how_to_stop: str) -> list[str]:
    """The same for people, with the words that say how the server is stopped."""
    lines = [f"Serving {_model(model, announced['signatures'])}" for model in announced["models"]]
    places = (("gRPC", announced["grpc"]), ("REST", announced["rest_url"]))
    where = ", ".join(f"{name} at {place}" for name, place in places if place is not None)
    lines.append(f"{where} ({how_to_stop})")
    if announced["example"] is not None:
        lines.append(f"Try: {announced['example']}")
    return lines


def _model(model: Mapping[str, Any], signatures: Mapping[str, list[str]]) -> str:
    name = model["name"]
    if model["version"] is None:
        return f"{name}, of which no version is available: `tfsctl status {name}` says why"
    return f"{name}, version {model['version']}: {', '.join(signatures[name])}"


def _address(server: Server, api: str) -> str | None:
    """Where an API is reached from this machine; None where it is off."""
    try:
        return server.grpc_address if api == "grpc" else server.rest_address
    except FailedPreconditionError:
        return None
