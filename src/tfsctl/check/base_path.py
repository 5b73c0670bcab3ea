"""Checks a model's base path: which versions a server would choose, and each of these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tfsctl.check.directory import is_like_version, numbers_for, readable_children
from tfsctl.check.finding import Finding, ModelOutlook, Severity, VersionOutlook
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import CheckOptions, saved_model_file, serve_command, word
from tfsctl.check.version import check_version
from tfsctl.core import LocalFileSystem, ServableConfig, StoragePath
from tfsctl.core.base_path_scan import scan_base_path
from tfsctl.versions import AllPolicy, ServableVersionPolicy, SpecificPolicy, parse_version


def check_base_path(config: ServableConfig, *, options: CheckOptions) -> tuple[ModelOutlook, list[Finding]]:
    """What a server would do with a base path that has numbers in it; raises OSError."""
    base_path = Path(config.base_path)
    names = _names_by_number(base_path)
    scan = scan_base_path(config, LocalFileSystem())
    chosen = {one.version: Path(one.path) for one in scan.storage_paths}
    findings = [
        *_check_twice(config, names, chosen),
        *_check_other_names(base_path, has_versions=bool(names)),
        *_check_policy(config, sorted(names)),
    ]
    versions = []
    for one in scan.storage_paths:
        outlook, version_findings = _check_one(config, one, options=options, is_only_version=len(names) == 1)
        versions.append(outlook)
        findings += version_findings
    model = ModelOutlook(
        name=config.name,
        base_path=str(base_path),
        policy=policy_text(config.version_policy),
        found=tuple(sorted(names, reverse=True)),
        versions=tuple(versions),
    )
    return model, findings


def policy_text(policy: ServableVersionPolicy) -> str:
    """A version policy in words."""
    if isinstance(policy, AllPolicy):
        return "all"
    if isinstance(policy, SpecificPolicy):
        return f"specific: {', '.join(map(str, policy.versions)) or 'none'}"
    return "latest" if policy.num_versions <= 1 else f"latest {policy.num_versions}"


def _names_by_number(base_path: Path) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    for child in base_path.iterdir():
        number = parse_version(child.name)
        if number is not None:
            names[number].append(child.name)
    return names


def _check_one(
    config: ServableConfig, one: StoragePath, *, options: CheckOptions, is_only_version: bool
) -> tuple[VersionOutlook, list[Finding]]:
    path = Path(one.path)
    if path.is_dir():
        return check_version(path, one.version, options=options, is_only_version=is_only_version)
    if not path.exists():
        finding = found("saved-model-missing", f"{path} is a link to something that is not there.", path=path)
        return VersionOutlook(version=one.version, path=path, is_loadable=False), [finding]
    aside = path.with_name(f"file-{path.name}")
    base_path = Path(config.base_path)
    finding = found(
        "version-is-file",
        f"{path.name} is a file; a server takes it for version {one.version} of {config.name}.",
        path=path,
        commands=[f"mv {word(path)} {word(aside)}", serve_command(base_path, config.name)],
    )
    return VersionOutlook(version=one.version, path=path, is_loadable=False), [finding]


def _check_twice(
    config: ServableConfig, names: Mapping[int, list[str]], chosen: Mapping[int, Path]
) -> Iterator[Finding]:
    base_path = Path(config.base_path)
    for number, same in sorted(names.items()):
        if len(same) < 2:
            continue
        used = chosen[number].name if number in chosen else max(same)
        others = sorted(set(same) - {used})
        message = f"{' and '.join(sorted(same))} are both version {number}; {used} would be used."
        commands = [f"mv {word(base_path / name)} {word(base_path / f'unserved-{name}')}" for name in others]
        yield found("same-version-twice", message, path=base_path, commands=commands)


def _check_other_names(base_path: Path, *, has_versions: bool) -> Iterator[Finding]:
    """Directories that were meant to be versions, and that a server passes over."""
    passed_over = [
        child
        for child in readable_children(base_path)
        if parse_version(child.name) is None
        and is_like_version(child.name)
        and child.is_dir()
        and saved_model_file(child)
    ]
    if not passed_over or not has_versions:
        return
    taken = {parse_version(child.name) for child in base_path.iterdir()}
    commands = [
        f"mv {word(child)} {word(base_path / str(number))}"
        for child, number in numbers_for(passed_over)
        if number not in taken
    ]
    names = " and ".join(child.name for child in passed_over)
    yield found(
        "version-name-not-number",
        f"A server passes over {names}.",
        path=base_path,
        severity=Severity.WARNING,
        commands=commands,
        correction="" if commands else "Rename it to a number that is not taken.",
    )


def _check_policy(config: ServableConfig, numbers: list[int]) -> Iterator[Finding]:
    policy = config.version_policy
    if not isinstance(policy, SpecificPolicy):
        return
    missing = sorted(set(policy.versions) - set(numbers))
    none_left = not set(policy.versions) & set(numbers)
    if missing or none_left:
        wanted = ", ".join(map(str, missing)) or "no version at all"
        there = ", ".join(map(str, numbers)) or "none"
        yield found(
            "specific-version-missing",
            f"The policy of {config.name} asks for {wanted}; there are: {there}.",
            path=Path(config.base_path),
            severity=Severity.ERROR if none_left else None,
        )
