"""Checks a command line of TensorFlow Serving's own binary."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from tfsctl.check.config_file import check_config_file
from tfsctl.check.finding import Finding, Report, sorted_findings
from tfsctl.check.finding_maker import found
from tfsctl.check.path import check_path
from tfsctl.check.server_arguments import ServerArguments, read_server_arguments
from tfsctl.check.shell_words import split_shell_line
from tfsctl.check.subject import CheckOptions
from tfsctl.errors import NotFoundError

PROGRAM = "tensorflow_model_server"
_DEFAULT_OPTIONS = CheckOptions()
_DEFAULT_NAME = "default"


def check_server_command(command: str | Sequence[str], *, options: CheckOptions = _DEFAULT_OPTIONS) -> Report:
    """What `tensorflow_model_server --flag=value …` would serve; options as for `check_docker_command`."""
    words = split_shell_line(command) if isinstance(command, str) else list(command)
    start = next(i for i, word in enumerate(words) if is_server_program(word))
    server = read_server_arguments(words[start + 1 :])
    report = _check_models(server, dataclasses.replace(options, is_official_image=True))
    is_changed = list(server.corrected) != words[start + 1 :]
    return dataclasses.replace(
        report,
        subject=PROGRAM,
        findings=sorted_findings([*server.findings, *report.findings]),
        corrected_command=" \\\n  ".join([" ".join(words[: start + 1]), *server.corrected]) if is_changed else None,
    )


def is_server_program(text: str) -> bool:
    """Whether a word is TensorFlow Serving's binary, with or without a path before it."""
    return text.rpartition("/")[2] == PROGRAM


def _check_models(server: ServerArguments, options: CheckOptions) -> Report:
    file = server.flags.get("model_config_file")
    if file:
        allows = server.is_set("allow_version_labels_for_unavailable_models")
        return check_config_file(file, options=options, allows_labels_at_start=allows)
    text = server.flags.get("model_base_path", "")
    if not text:
        message = "Neither --model_base_path nor --model_config_file is given."
        return Report(subject=PROGRAM, findings=(found("base-path-missing", message),))
    findings = list(_check_relative(text))
    try:
        report = check_path(text, name=server.flags.get("model_name", _DEFAULT_NAME), options=options)
    except NotFoundError as error:
        findings.append(found("base-path-missing", error.message, path=Path(text), correction=error.hint or ""))
        return Report(subject=PROGRAM, findings=tuple(findings))
    return dataclasses.replace(report, findings=(*findings, *report.findings))


def _check_relative(text: str) -> Iterator[Finding]:
    if not text.startswith("/") and "://" not in text:
        message = f"{text} is relative; here it means {Path(text).absolute()}."
        yield found("relative-base-path", message, correction=f"Write: --model_base_path={Path(text).absolute()}")
