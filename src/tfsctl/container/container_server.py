"""A container that tfsctl started, as the engine knows it, and the labels by which it is known again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

MANAGED_LABEL = "tfsctl.managed"
_NAME_LABEL, _MODELS_LABEL, _PORTS_LABEL = "tfsctl.name", "tfsctl.models", "tfsctl.ports"

# Where a server of the image listens; the contract of tensorflow/serving (tensorflow-serving.md §8).
GRPC_PORT, REST_PORT = 8500, 8501
_APIS = {"grpc": GRPC_PORT, "rest": REST_PORT}
_ALL_ADDRESSES = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}


@dataclass(frozen=True, slots=True)
class ContainerServer:
    """A container with a server.

    Attributes:
        name: The container's name.
        id: Its id, as Docker shortens it.
        image: The image it was made from, as it was asked for.
        status: `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
        ports: `HOST:PORT` for `grpc` and `rest`, as reached from this machine; what is not published is not in it.
        models: The names of the models it was told to serve.
        started: When it was made, which is when it was started.
    """

    name: str
    id: str
    image: str
    status: str
    ports: Mapping[str, str]
    models: tuple[str, ...]
    started: datetime


def labels_of(name: str, models: Sequence[str]) -> dict[str, str]:
    """What to put on a container so that `read_server` knows it again."""
    return {
        MANAGED_LABEL: "true",
        _NAME_LABEL: name,
        _MODELS_LABEL: json.dumps(list(models), ensure_ascii=False),
        _PORTS_LABEL: json.dumps(_APIS),
    }


def read_server(description: Mapping[str, Any]) -> ContainerServer:
    """The server in one element of the engine's list of containers (`GET /containers/json`)."""
    labels = description["Labels"]
    return ContainerServer(
        name=labels.get(_NAME_LABEL) or description["Names"][0].lstrip("/"),
        id=description["Id"][:12],
        image=description["Image"],
        status=description["State"],
        ports=_addresses(description.get("Ports") or ()),
        models=tuple(json.loads(labels.get(_MODELS_LABEL, "[]"))),
        started=datetime.fromtimestamp(description["Created"], tz=timezone.utc),
    )


def _addresses(ports: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """By API, the first address that each of the server's ports is published at."""
    published = {port["PrivatePort"]: port for port in reversed(ports) if port.get("PublicPort")}
    return {
        api: reachable(published[port].get("IP", ""), published[port]["PublicPort"])
        for api, port in _APIS.items()
        if port in published
    }


def reachable(host: str, port: int) -> str:
    """`HOST:PORT` by which this machine reaches what is published at an IP address, all of them included."""
    if host in _ALL_ADDRESSES:
        return f"{_ALL_ADDRESSES[host]}:{port}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
