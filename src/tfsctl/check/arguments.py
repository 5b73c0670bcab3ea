"""Finds out what the arguments of `tfsctl check` mean, and checks each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tfsctl.check.config_file import check_config_file
from tfsctl.check.docker_command import check_docker_command
from tfsctl.check.docker_run import is_container_command
from tfsctl.check.finding import Finding, Report, joined, sorted_findings
from tfsctl.check.finding_maker import found
from tfsctl.check.path import check_path
from tfsctl.check.server_command import check_server_command, is_server_program
from tfsctl.check.subject import CheckOptions
from tfsctl.errors import NotFoundError

_CONFIG_SUFFIXES = frozenset(
    {".config", ".conf", ".cfg", ".pbtxt", ".textproto", ".txt", ".prototxt", ".json", ".yaml"}
)
_DEFAULT_OPTIONS = CheckOptions()


def check_arguments(arguments: Sequence[str], *, options: CheckOptions = _DEFAULT_OPTIONS) -> Report:
    """Check what each argument names (`PATH`, `NAME=PATH`, a config file), or the command that they all are.

    Raises:
        NotFoundError: a path or a file does not exist.
        UsageError: it looks like a command, but runs no container.
    """
    words = arguments[0].split() if len(arguments) == 1 else list(arguments)
    command = arguments[0] if len(arguments) == 1 else list(arguments)
    is_path = len(arguments) == 1 and _is_there(Path(arguments[0]).expanduser())
    if not is_path and is_container_command(words):
        return check_docker_command(command, options=options)
    if not is_path and words and is_server_program(words[0]):
        return check_server_command(command, options=options)
    reports = [_check_one(argument, options) for argument in arguments]
    if len(reports) == 1:
        return reports[0]
    report = joined(" ".join(arguments), reports)
    twice = sorted_findings([*_check_names(report), *report.findings])
    return Report(subject=report.subject, models=report.models, findings=twice)


def _check_one(argument: str, options: CheckOptions) -> Report:
    if not argument:
        raise NotFoundError("The path is empty.", hint="Is a variable of the shell not set?")
    if "://" in argument:
        finding = found("remote-path-not-checked", f"{argument} was not looked at.")
        return Report(subject=argument, findings=(finding,))
    path = Path(argument).expanduser()
    if _is_there(path):
        return check_config_file(path, options=options) if _is_config(path) else check_path(path, options=options)
    name, equals, rest = argument.partition("=")
    if equals and name and rest:
        return check_path(rest, name=name, options=options)
    return check_path(path, options=options)  # Says that it is not there.


def _is_there(path: Path) -> bool:
    """Whether there is something, or may be: a directory above may forbid to look."""
    try:
        return path.exists()
    except (ValueError, OSError) as error:
        return isinstance(error, PermissionError)  # A command may be too long for a name.


def _is_config(path: Path) -> bool:
    """Whether a file is meant as a model config file: by its name, or by what it says."""
    if not os.access(path, os.R_OK) or not path.is_file() or path.name == "saved_model.pbtxt":
        return False
    if path.suffix.lower() in _CONFIG_SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return b"model_config_list" in file.read(4096)
    except OSError:
        return False


def _check_names(report: Report) -> list[Finding]:
    """A finding for each name that two of several paths give."""
    findings = []
    seen: dict[str, str] = {}
    for model in report.models:
        if model.name in seen:
            message = f"{seen[model.name]} and {model.base_path} both make a model named {model.name}."
            correction = f"Name one of them: NAME={model.base_path}"
            findings.append(found("duplicate-model-name", message, correction=correction))
        seen[model.name] = model.base_path
    return findings
