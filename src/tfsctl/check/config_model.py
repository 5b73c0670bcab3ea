"""Checks one model of a model config file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tfsctl.check.base_path import check_base_path, policy_text
from tfsctl.check.config_text import ConfigText
from tfsctl.check.directory import has_numbers
from tfsctl.check.file_given import check_file
from tfsctl.check.finding import Finding, ModelOutlook
from tfsctl.check.finding_maker import found
from tfsctl.check.no_versions import check_no_versions
from tfsctl.check.subject import CheckOptions, saved_model_file
from tfsctl.check.version_given import version_given
from tfsctl.core import ServableConfig
from tfsctl.versions import AllPolicy, LatestPolicy, ServableVersionPolicy, SpecificPolicy, parse_version

Locate = Callable[[str], "Path | None"]

_PLATFORM = "tensorflow"
_TENSORFLOW_TYPE = 1  # ModelType.TENSORFLOW, from before there were platforms.
_AWKWARD = re.compile(r"[/:?#%\s]")
_SERVE = "tfsctl serve "


def check_config_model(
    text: ConfigText, number: int, config: Any, *, options: CheckOptions, locate: Locate | None
) -> tuple[ModelOutlook, list[Finding]]:
    """What a server would do with the `number`th model of the file, whose ModelConfig message is `config`."""
    policy = _policy(config.model_version_policy)
    model = ModelOutlook(
        name=config.name,
        base_path=config.base_path,
        policy=policy_text(policy),
        labels=dict(sorted(config.version_labels.items())),
    )
    findings = [*_check_name(text, number, config), *_check_platform(text, number, config)]
    base_path, path_findings = _find_base_path(text, number, config, locate)
    findings += path_findings
    if base_path is not None:
        servable = ServableConfig(name=config.name, base_path=base_path, version_policy=policy)
        there, base_findings = _check_base_path(servable, options)
        model = dataclasses.replace(model, found=there.found, versions=there.versions)
        findings += [_in_config(finding, text, number, base_path) for finding in base_findings]
    return model, findings


def _check_name(text: ConfigText, number: int, config: Any) -> Iterator[Finding]:
    position = text.position(number, "name")
    if not config.name:
        yield found("model-name-missing", "The model has no name.", path=text.path, position=position)
    elif _AWKWARD.search(config.name):
        message = f"The name {config.name!r} must be percent-encoded in URLs."
        yield found("model-name-awkward", message, path=text.path, position=position)


def _check_platform(text: ConfigText, number: int, config: Any) -> Iterator[Finding]:
    if config.model_type and config.model_platform:
        message = f"{config.name} has both model_type and model_platform."
        position = text.position(number, "model_type")
        yield found("model-platform-invalid", message, path=text.path, position=position)
    elif config.model_platform and config.model_platform != _PLATFORM:
        message = f"{config.name} asks for the platform {config.model_platform!r}."
        position = text.position(number, "model_platform")
        edits = [*text.replace(number, ["model_platform"], f'"{_PLATFORM}"')]
        yield found("model-platform-invalid", message, path=text.path, position=position, edits=edits)
    elif not config.model_platform and config.model_type != _TENSORFLOW_TYPE:
        edits = [*text.insert(number, f'model_platform: "{_PLATFORM}"')]
        message = f"{config.name or 'The model'} does not say what runs it."
        yield found("model-platform-missing", message, path=text.path, position=text.position(number), edits=edits)


def _find_base_path(
    text: ConfigText, number: int, config: Any, locate: Locate | None
) -> tuple[Path | None, list[Finding]]:
    """Where the base path is on this machine, if it is there, and what is wrong with how it is written."""
    position = text.position(number, "base_path")
    if not config.base_path:
        message = f"{config.name or 'The model'} has no base_path."
        return None, [found("base-path-missing", message, path=text.path, position=position)]
    if "://" in config.base_path:
        message = f"{config.base_path} was not looked at."
        return None, [found("remote-path-not-checked", message, path=text.path, position=position)]
    if locate is not None:
        return _located(text, number, config, locate)
    path = Path(config.base_path).absolute()
    findings = []
    if not Path(config.base_path).is_absolute():
        edits = [*text.replace(number, ["base_path"], f'"{path}"')]
        message = f"{config.base_path} is relative; here it means {path}."
        findings.append(found("relative-base-path", message, path=text.path, position=position, edits=edits))
    if path.exists():
        return path, findings
    edits = [*text.replace(number, ["base_path"], f'"{nearest}"')] if (nearest := _nearest(path)) else []
    message = f"The base path of {config.name} does not exist: {path}"
    correction = f"Did you mean {nearest}?" if nearest else f"Correct it; or make it: mkdir -p {path}"
    finding = found("base-path-missing", message, path=text.path, position=position, edits=edits, correction=correction)
    return None, [*findings, finding]


def _located(text: ConfigText, number: int, config: Any, locate: Locate) -> tuple[Path | None, list[Finding]]:
    path = locate(config.base_path)
    if path is not None and path.exists():
        return path, []
    message = f"{config.base_path} of {config.name} does not exist in the container."
    position = text.position(number, "base_path")
    return None, [found("docker-base-path-outside", message, path=text.path, position=position)]


def _nearest(path: Path) -> Path | None:
    """What has nearly the same name in the same place."""
    try:
        names = [child.name for child in path.parent.iterdir()]
    except OSError:
        return None
    close = get_close_matches(path.name, names, n=1)
    return path.parent / close[0] if close else None


def _check_base_path(config: ServableConfig, options: CheckOptions) -> tuple[ModelOutlook, list[Finding]]:
    path = Path(config.base_path)
    nothing = ModelOutlook(name=config.name, base_path=str(path))
    try:
        if path.is_file():
            return nothing, list(check_file(path, config.name))
        if saved_model_file(path) is not None and parse_version(path.name) is not None:
            return nothing, [version_given(path, config.name)]
        if has_numbers(path):
            return check_base_path(config, options=options)
        return nothing, list(check_no_versions(path, config.name))
    except PermissionError as error:
        place = Path(str(error.filename or path))
        return nothing, [found("unreadable", f"{place} cannot be read by this user.", path=place)]


def _in_config(finding: Finding, text: ConfigText, number: int, base_path: Path) -> Finding:
    """The finding as it reads in a config file: what would be served is said there, and not on a command line."""
    commands = tuple(command for command in finding.commands if not command.startswith(_SERVE))
    right = {"path-is-version-directory": base_path.parent, "saved-model-file-given": base_path.parent.parent}
    edits, path, position = finding.edits, finding.path, (finding.line, finding.column)
    if finding.kind.id in right:
        path, position = text.path, text.position(number, "base_path")
        edits = tuple(text.replace(number, ["base_path"], f'"{right[finding.kind.id]}"'))
    correction = finding.correction or ("" if commands or edits else finding.kind.correction)
    return dataclasses.replace(
        finding,
        path=path,
        line=position[0],
        column=position[1],
        commands=commands,
        edits=edits,
        correction=correction,
    )


def _policy(policy: Any) -> ServableVersionPolicy:
    """The policy of tensorflow-serving.md §3.2; none given is the latest version."""
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return AllPolicy()
    if choice == "specific":
        return SpecificPolicy(tuple(policy.specific.versions))
    return LatestPolicy(policy.latest.num_versions or 1)
