"""Checks which ports of a container can be reached, and by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tfsctl.check.container import Container
from tfsctl.check.docker_run import DockerOption
from tfsctl.check.finding import Finding, Severity
from tfsctl.check.finding_maker import found

_LOCALHOST = "127.0.0.1"
_EVERYWHERE = frozenset({"", "0.0.0.0", "[::]"})
_PUBLISH = re.compile(
    r"(?:(?P<address>\[[0-9a-fA-F:]*\]|[\d.]*|localhost):)?(?:(?P<host>\d*):)?(?P<container>\d+)(?:/(?:tcp|udp))?"
)


@dataclass(frozen=True, slots=True)
class _Published:
    option: DockerOption
    address: str
    host: str
    container: int

    @property
    def is_open(self) -> bool:
        return self.address in _EVERYWHERE


def check_ports(container: Container) -> Iterator[Finding]:
    """Findings about the ports of the command."""
    grpc, rest = container.port("port", 8500), container.port("rest_api_port", 8501)
    network = "".join(container.run.values("network") or container.run.values("net"))
    if network == "host":
        message = "--network host: the server's ports are this machine's, on all its addresses."
        yield found("docker-port-exposed", message, correction="Leave it out, and publish the ports on 127.0.0.1.")
        return
    published = list(_published(container))
    for one in published:
        yield from _check_one(container, one, grpc=grpc, rest=rest)
    if container.run.has("publish-all"):
        yield from _check_publish_all(container, grpc=grpc, rest=rest)
    else:
        yield from _check_published(container, published, grpc=grpc, rest=rest, network=network)


def _published(container: Container) -> Iterator[_Published]:
    run = container.run
    for option in (*run.options, *run.misplaced):
        match = _PUBLISH.fullmatch(option.value or "") if option.name == "publish" else None
        if match is None:
            continue  # Another option, or a range of ports.
        address, host = match["address"] or "", match["host"] or ""
        if match["address"] is not None and match["host"] is None and address.isdecimal():
            address, host = "", address  # HOST:CONTAINER
        yield _Published(option, address, host, int(match["container"]))


def _check_one(container: Container, one: _Published, *, grpc: int, rest: int) -> Iterator[Finding]:
    inside, text = one.container, one.option.value
    if inside not in {grpc, rest}:
        inside = grpc if one.host == str(grpc) else rest
        message = f"-p {text}: nothing listens on port {one.container} in the container; REST has {rest}, gRPC {grpc}."
        yield found("docker-port-mismatch", message, correction=f"Write: -p {_right(one, inside)}")
        container.correction.replace(one.option, ["-p", _right(one, inside)])
    if one.is_open:
        message = f"-p {text} opens the port on all addresses of this machine."
        yield found("docker-port-exposed", message, correction=f"Write: -p {_right(one, inside)}")
        container.correction.replace(one.option, ["-p", _right(one, inside)])


def _right(one: _Published, inside: int) -> str:
    address = _LOCALHOST if one.is_open else one.address
    return f"{address}:{one.host or inside}:{inside}"


def _check_publish_all(container: Container, *, grpc: int, rest: int) -> Iterator[Finding]:
    option = next(o for o in (*container.run.options, *container.run.misplaced) if o.name == "publish-all")
    words = ["-p", f"{_LOCALHOST}:{rest}:{rest}", "-p", f"{_LOCALHOST}:{grpc}:{grpc}"]
    container.correction.replace(option, words)
    message = "-P opens all ports of the image on all addresses of this machine, under numbers that Docker chooses."
    yield found("docker-port-exposed", message, correction=f"Write: {' '.join(words)}")


def _check_published(
    container: Container, published: list[_Published], *, grpc: int, rest: int, network: str
) -> Iterator[Finding]:
    inside = {one.container for one in published}
    if rest in inside or (inside and not inside & {grpc, rest}):
        return
    words = ["-p", f"{_LOCALHOST}:{rest}:{rest}"]
    if grpc in inside:
        message = f"Only gRPC (port {grpc}) can be reached; REST (port {rest}) is not published."
        severity = Severity.NOTE
    else:
        container.correction.add(*words)
        message = "No port is published: the server can be reached from other containers only."
        severity = Severity.NOTE if network else Severity.WARNING
    yield found("docker-port-not-published", message, severity=severity, correction=f"Add: {' '.join(words)}")
