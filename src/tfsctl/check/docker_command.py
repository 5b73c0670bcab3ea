"""Checks a command that runs TensorFlow Serving: `docker run …`, or `tensorflow_model_server …` itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tfsctl.check.container import check_image, read_container
from tfsctl.check.docker_model import check_container_model
from tfsctl.check.docker_mounts_check import check_mounts
from tfsctl.check.docker_ports import check_ports
from tfsctl.check.docker_run import parse_docker_run
from tfsctl.check.finding import Report, sorted_findings
from tfsctl.check.shell_words import split_shell_line
from tfsctl.check.subject import CheckOptions

_DEFAULT_OPTIONS = CheckOptions()


def check_docker_command(command: str | Sequence[str], *, options: CheckOptions = _DEFAULT_OPTIONS) -> Report:
    """What `docker run …` would serve: the command, the directories it mounts, the config file it names.

    A command in one piece is split as a shell would; one in words is taken as a shell has left it. Docker is not
    asked. The report has the corrected command, where something in it can be put right.

    Raises UsageError if it does not run a container.
    """
    words = split_shell_line(command) if isinstance(command, str) else list(command)
    container = read_container(parse_docker_run(words))
    server = dataclasses.replace(
        options,
        is_official_image=container.is_official,
        tensorflow_version=options.tensorflow_version or container.tensorflow_version,
        tags=_tags(container.server.flags.get("saved_model_tags", "")) or options.tags,
    )
    findings = [*check_image(container), *check_mounts(container), *check_ports(container), *container.server.findings]
    report = check_container_model(container, server)
    return dataclasses.replace(
        report,
        subject=" ".join([*container.run.program, "…", container.run.image or ""]).strip(),
        findings=sorted_findings([*findings, *report.findings]),
        corrected_command=container.correction.command(),
    )


def _tags(text: str) -> tuple[str, ...]:
    return tuple(tag for tag in text.split(",") if tag)
