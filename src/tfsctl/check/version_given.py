"""Findings for a path that is itself a SavedModel, where a server wants the directory above it."""

from __future__ import annotations

from pathlib import Path

from tfsctl.check.base_path import check_base_path
from tfsctl.check.directory import is_like_version
from tfsctl.check.finding import Finding, Report, sorted_findings
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import CheckOptions, parent_of, serve_command, word
from tfsctl.core import ServableConfig
from tfsctl.versions import SpecificPolicy, parse_version


def check_version_given(path: Path, name: str, options: CheckOptions) -> Report:
    """The finding that says so, and all about the version itself."""
    number = parse_version(path.absolute().name)
    if number is None:
        return Report(subject=str(path), findings=(misnamed(path, name),))
    finding = version_given(path, name)
    policy = SpecificPolicy((number,))
    config = ServableConfig(
        name=name or parent_of(path).absolute().name, base_path=parent_of(path), version_policy=policy
    )
    _, findings = check_base_path(config, options=options)
    return Report(subject=str(path), findings=sorted_findings([finding, *findings]))


def version_given(path: Path, name: str) -> Finding:
    """For a version directory whose name is a number."""
    base_path = parent_of(path)
    return found(
        "path-is-version-directory",
        f"It is version {path.absolute().name} of the model {name or base_path.absolute().name}.",
        path=path,
        commands=[serve_command(base_path, name)],
    )


def misnamed(path: Path, name: str) -> Finding:
    """For a SavedModel in a directory whose name is no number."""
    directory = path.absolute()
    if is_like_version(directory.name):
        base_path = parent_of(path)
        commands = [f"mv {word(path)} {word(base_path / '1')}", serve_command(base_path, name)]
        message = f"The name of this version is {directory.name!r}, which is no whole number."
        return found("version-name-not-number", message, path=path, commands=commands)
    inside = " ".join(word(child) for child in sorted(path.iterdir()))
    commands = [
        f"mkdir {word(path / '1')}",
        f"mv {inside} {word(path / '1')}/",
        serve_command(path, name),
    ]
    message = "saved_model.pb lies right in it, not in a directory with a number."
    return found("no-version-directory", message, path=path, commands=commands)
