"""All about one container, before there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or directory of this machine that the container sees at `target`, and cannot change."""

    source: Path
    target: str


@dataclass(frozen=True, kw_only=True)
class ContainerPlan:
    """What to run.

    Attributes:
        image: The image in full, `NAME:TAG` or `NAME@DIGEST`.
        name: The container's name.
        models: The names of the models, in their order.
        mounts: What it sees of this machine.
        environment: Variables.
        files: What else it finds, by absolute path: texts that exist nowhere but in the container.
        arguments: The arguments of its entry point, which are flags of the server.
        host: The IP address on which ports are published; empty for all.
        port: The port there for gRPC, 0 for any that is free, None for none.
        rest_api_port: Likewise for REST.
        memory: The most memory it may use, as Docker writes it, `512m` or `2g`; empty: no limit.
        cpus: How many processors it may use, fractions allowed; 0: all.
        gpu: Whether it gets the GPUs.
        speaks_tls: Whether its gRPC port does.
    """

    image: str
    name: str
    models: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int | None = 8500
    rest_api_port: int | None = 8501
    memory: str = ""
    cpus: float = 0.0
    gpu: bool = False
    speaks_tls: bool = False
