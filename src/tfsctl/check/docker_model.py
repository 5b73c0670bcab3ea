"""Checks whether the container's server finds the model that the command mounts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tfsctl.check.config_file import check_config_file
from tfsctl.check.container import Container
from tfsctl.check.directory import has_numbers, readable_children
from tfsctl.check.docker_mount import Mount
from tfsctl.check.docker_mounts_check import host_path, right_target
from tfsctl.check.finding import Finding, Report
from tfsctl.check.finding_maker import found
from tfsctl.check.path import check_path
from tfsctl.check.subject import SAVED_MODEL_FILES, CheckOptions, saved_model_file, word
from tfsctl.versions import parse_version

_SERVE = "tfsctl serve "


def check_container_model(container: Container, options: CheckOptions) -> Report:
    """What the container would serve, and why it would not."""
    config_file = container.server.flags.get("model_config_file")
    if config_file:
        return _check_config(container, config_file, options)
    if not container.mounts:
        return Report(subject="", findings=(_no_mount(container),) if container.is_official else ())
    place = _find_place(container)
    if not place.source.exists():
        return Report(subject="")  # A finding about the mount says so.
    findings = list(_check_place(place))
    if findings:
        _correct(place)
    report = check_path(place.model_path, name=place.name, options=options)
    changed = tuple(_in_container(finding) for finding in report.findings)
    return dataclasses.replace(report, findings=(*findings, *changed))


def _no_mount(container: Container) -> Finding:
    words = ["-v", "/PATH/TO/MODEL:/models/NAME"]
    container.correction.add(*words)
    container.correction.set_variable("MODEL_NAME", "NAME")
    message = f"{container.run.image or 'The image'} has no model in it, and no directory is mounted."
    return found("docker-no-mount", message, correction=f"Add: {' '.join(words)} -e MODEL_NAME=NAME")


def _check_config(container: Container, config_file: str, options: CheckOptions) -> Report:
    path = container.locate(config_file)
    if path is not None and path.is_file():
        allows = container.server.is_set("allow_version_labels_for_unavailable_models")
        report = check_config_file(path, options=options, locate=container.locate, allows_labels_at_start=allows)
        return dataclasses.replace(report, findings=tuple(_in_container(finding) for finding in report.findings))
    correction = ""
    here = Path(config_file).expanduser().absolute()
    if path is None and here.is_file():
        words = ["-v", f"{here}:{config_file}:ro"]
        container.correction.add(*words)
        correction = f"Add: {' '.join(map(word, words))}"
    finding = found("docker-config-not-mounted", f"The container has no file {config_file}.", correction=correction)
    return Report(subject="", findings=(finding,))


@dataclass(frozen=True, slots=True)
class _Place:
    """The mount that is meant to have the model, and what was meant by it.

    Attributes:
        source: What is mounted, on this machine.
        target: Where in the container.
        wanted: Where the server looks.
        model_path: The base path, on this machine.
        name: What the model is to be called.
    """

    container: Container
    mount: Mount
    source: Path
    target: PurePosixPath
    wanted: PurePosixPath
    model_path: Path
    name: str

    @property
    def is_home_wrong(self) -> bool:
        """Whether MODEL_BASE_PATH was taken for the model's own base path."""
        is_set = "MODEL_BASE_PATH" in self.container.variables and "model_base_path" not in self.container.server.flags
        return is_set and str(self.target) == self.container.home and self.model_path == self.source

    @property
    def right_target(self) -> str:
        """Where the base path is to be mounted."""
        if "model_base_path" in self.container.server.flags:
            return str(self.wanted)
        home = "/models" if self.is_home_wrong else self.container.home
        return f"{home}/{self.name}"


def _find_place(container: Container) -> _Place:
    mount = _meant(container)
    source, target = host_path(mount), PurePosixPath(right_target(container, mount))
    wanted = PurePosixPath(container.base_path)
    here = source / wanted.relative_to(target) if wanted.is_relative_to(target) else source
    start = here if here.exists() else source
    model_path = _base_path_at(start, prefer=container.model_name) if start.exists() else start
    return _Place(container, mount, source, target, wanted, model_path, _name(container, target, source, model_path))


def _meant(container: Container) -> Mount:
    """The mount that the server looks into, or else one below /models, or else the first."""
    home, wanted = PurePosixPath(container.home), PurePosixPath(container.base_path)

    def fitness(mount: Mount) -> int:
        target = PurePosixPath(right_target(container, mount))
        return 0 if wanted.is_relative_to(target) else 1 if target.is_relative_to(home) else 2

    return min(container.mounts, key=fitness)


def _base_path_at(path: Path, *, prefer: str) -> Path:
    """The base path that was meant: above a version or a file in it, or one of several models."""
    if path.is_file():
        return path.absolute().parent.parent if path.name in SAVED_MODEL_FILES else path
    if saved_model_file(path) is not None and parse_version(path.name) is not None:
        return path.parent
    if has_numbers(path):
        return path
    models = [child for child in readable_children(path) if child.is_dir() and has_numbers(child)]
    preferred = [model for model in models if model.name == prefer]
    return (preferred or models or [path])[0]


def _name(container: Container, target: PurePosixPath, source: Path, model_path: Path) -> str:
    is_in_place = model_path in {source, source.parent, source.parent.parent}
    if is_in_place and target.parent == PurePosixPath(container.home):
        return target.name
    given = container.variables.get("MODEL_NAME") or container.server.flags.get("model_name")
    return given if given and is_in_place else model_path.name


def _check_place(place: _Place) -> Iterator[Finding]:
    """What is wrong with where the model is mounted."""
    source, target, wanted = place.source, place.target, place.wanted
    is_above = place.model_path.parent == source
    words = f"-v {word(f'{place.model_path}:{place.right_target}')}"
    if place.model_path in {source.parent, source.parent.parent}:
        kind_id = "saved-model-file-given" if source.is_file() else "path-is-version-directory"
        message = f"{source} is mounted; the model's base path is {place.model_path}."
        yield found(kind_id, message, path=source, correction=f"Write: {words}")
    if is_above and target == wanted:
        message = f"{source} holds models, not versions, and is mounted at {target}."
        yield found("docker-mount-target", message, correction=f"Write: {words}")
    elif target == wanted or (is_above and target / place.name == wanted):
        return
    elif place.is_home_wrong:
        message = f"MODEL_BASE_PATH={place.container.home}: the server looks in {wanted}."
        yield found("docker-model-base-path", message, correction="Leave MODEL_BASE_PATH out.")
    elif target.parent == wanted.parent or (is_above and target == wanted.parent):
        at = target / place.name if is_above else target
        message = f"The model is at {at} in the container, and the server looks in {wanted}."
        yield found("docker-model-name", message, correction=f"Add: -e MODEL_NAME={place.name}")
    else:
        message = f"{source} is mounted at {target}, and the server looks in {wanted}."
        correction = f"Write: {words}" + ("" if place.right_target == str(wanted) else f" -e MODEL_NAME={place.name}")
        yield found("docker-mount-target", message, correction=correction)


def _correct(place: _Place) -> None:
    correction = place.container.correction
    correction.replace(place.mount.option, place.mount.words(source=place.model_path, target=place.right_target))
    if "model_base_path" not in place.container.server.flags:
        correction.set_variable("MODEL_NAME", place.name)
    if place.is_home_wrong:
        correction.set_variable("MODEL_BASE_PATH", None)


def _in_container(finding: Finding) -> Finding:
    """The finding without lines that would serve the model outside of a container."""
    commands = tuple(command for command in finding.commands if not command.startswith(_SERVE))
    correction = finding.correction or ("" if commands or finding.edits else finding.kind.correction)
    return dataclasses.replace(finding, commands=commands, correction=correction)
