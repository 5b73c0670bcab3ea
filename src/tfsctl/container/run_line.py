"""A plan as the command that a person would type."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator

from tfsctl.container.container_server import GRPC_PORT, REST_PORT
from tfsctl.container.plan import ContainerPlan

_CONTINUATION = " \\\n  "


def docker_run_line(plan: ContainerPlan, *, name: str = "", detach: bool = False) -> str:
    """The `docker run …` that does what `plan` says, for a POSIX shell; `name` is the container's, if one is wanted.

    A file that only the container has is made first, in the temporary directory of whoever runs the line.
    """
    words = ["docker run --rm --init", *(["--detach"] if detach else [])]
    if name:
        words.append(f"--name {shlex.quote(name)}")
    words += [*_ports(plan), *_mounts(plan), *_limits(plan)]
    words += [f"--env {shlex.quote(f'{key}={value}')}" for key, value in plan.environment.items()]
    words += [shlex.quote(plan.image), *map(shlex.quote, plan.arguments)]
    return "".join(_preparations(plan)) + _CONTINUATION.join(words)


def _preparations(plan: ContainerPlan) -> Iterator[str]:
    """Commands that write the files; they must be readable for whatever user the image runs as."""
    for number, text in enumerate(plan.files.values(), start=1):
        file = f'"${_variable(number)}"'
        yield f"{_variable(number)}=$(mktemp) && printf %s {shlex.quote(text)} > {file} && chmod 644 {file} &&\n"


def _variable(number: int) -> str:
    return f"file_{number}"


def _ports(plan: ContainerPlan) -> Iterator[str]:
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    for published, port in ((plan.port, GRPC_PORT), (plan.rest_api_port, REST_PORT)):
        if published is not None:
            place = f"{published or ''}:{port}"
            yield f"--publish {shlex.quote(f'{host}:{place}' if host else place.lstrip(':'))}"


def _mounts(plan: ContainerPlan) -> Iterator[str]:
    for mount in plan.mounts:
        yield "--mount " + shlex.quote(_bind(str(mount.source), mount.target))
    for number, target in enumerate(plan.files, start=1):
        # In double quotes for the variable's sake; neither part has anything that these would not keep.
        yield f'--mount "{_bind(f"${_variable(number)}", target)}"'


def _bind(source: str, target: str) -> str:
    """The value of --mount, which is a line of comma-separated values and quoted like one."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["type=bind", f"source={source}", f"target={target}", "readonly"])
    return line.getvalue()


def _limits(plan: ContainerPlan) -> Iterator[str]:
    if plan.memory:
        yield f"--memory {plan.memory} --memory-swap {plan.memory}"
    if plan.cpus:
        yield f"--cpus {plan.cpus:g}"
    if plan.gpu:
        yield "--gpus all"
