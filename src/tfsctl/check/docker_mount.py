"""The mounts of a `docker run` command: what of this machine is where in the container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from tfsctl.check.docker_run import DockerOption, DockerRun

_KEYS = {
    "type": "type",
    "source": "source",
    "src": "source",
    "target": "target",
    "destination": "target",
    "dst": "target",
    "readonly": "readonly",
    "ro": "readonly",
}
_OTHER_KEYS = frozenset({
    *("bind-propagation", "bind-nonrecursive", "bind-recursive", "consistency", "volume-driver", "volume-label"),
    *("volume-nocopy", "volume-opt", "volume-subpath", "tmpfs-size", "tmpfs-mode", "image-subpath", "bind-create-src"),
})  # fmt: skip
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# The drive before a path of Windows; `m:/models` alone is a volume and a target.
_DRIVE_OF_SOURCE = re.compile(r"[A-Za-z]:(?=\\|/[^:]*:/)")


@dataclass(frozen=True, slots=True)
class Mount:
    """A directory of this machine in the container.

    Attributes:
        source: The path here as it was written; empty for a volume without a name.
        target: The path in the container.
        is_read_only: Whether the container may not write there.
        option: The option that says so.
        problem: What is wrong with how it is written; empty if nothing is.
    """

    source: str
    target: str
    is_read_only: bool
    option: DockerOption
    problem: str = ""

    @property
    def is_absolute(self) -> bool:
        """Whether Docker takes the source for a path, and an absolute one."""
        return self.source.startswith("/") or _DRIVE.match(self.source) is not None

    def words(self, *, source: Path, target: str) -> list[str]:
        """The option as it should be, with another source and target."""
        if self.option.name == "mount":
            fields = ["type=bind", f"source={source}", f"target={target}"]
            return ["--mount", ",".join([*fields, "readonly"] if self.is_read_only else fields)]
        return ["-v", f"{source}:{target}" + (":ro" if self.is_read_only else "")]


def mounts_of(run: DockerRun) -> list[Mount]:
    """The mounts of a command that concern directories, in their order."""
    found = (_mount(option) for option in (*run.options, *run.misplaced) if option.name in {"volume", "mount"})
    return [mount for mount in found if mount is not None]


def locate(mounts: Sequence[Mount], path: str) -> Path | None:
    """Where on this machine the file or directory is that has this path in the container; None if nowhere."""
    wanted = PurePosixPath(path)
    for mount in sorted(mounts, key=lambda mount: len(mount.target), reverse=True):
        if mount.source and mount.target and wanted.is_relative_to(mount.target):
            return Path(mount.source).expanduser() / wanted.relative_to(mount.target)
    return None


def _mount(option: DockerOption) -> Mount | None:
    return _of_volume(option) if option.name == "volume" else _of_mount(option)


def _of_volume(option: DockerOption) -> Mount:
    text = option.value or ""
    drive = _DRIVE_OF_SOURCE.match(text)
    start = len(drive[0]) if drive else 0
    source, *rest = text[start:].split(":")
    source = text[:start] + source
    if not rest:
        return Mount("", source, False, option, f"-v {text} has no target; it makes an empty volume.")
    target = rest[0]
    options = rest[1].split(",") if len(rest) > 1 else []
    problem = "" if target.startswith("/") else f"The target {target!r} is not absolute."
    return Mount(source, target, "ro" in options, option, problem)


def _of_mount(option: DockerOption) -> Mount | None:
    fields, problem = _fields(option.value or "")
    kind = fields.get("type", "volume")
    if kind not in {"bind", "volume"}:
        return None
    source, target = fields.get("source", ""), fields.get("target", "")
    if not problem:
        problem = "".join(_mount_problems(kind, source, target))
    return Mount(source, target, fields.get("readonly") in {"", "true", "1"}, option, problem)


def _mount_problems(kind: str, source: str, target: str) -> Iterator[str]:
    """The first thing that is wrong with a --mount whose keys are all known."""
    if not target:
        yield "It has no target."
    elif not target.startswith("/"):
        yield f"The target {target!r} is not absolute."
    elif not source:
        yield "It has no source."
    elif kind == "volume" and "/" in source:
        yield "Without type=bind it means a volume, not a directory."


def _fields(text: str) -> tuple[dict[str, str], str]:
    """The fields of --mount by their main names, and what is wrong with the first bad one."""
    fields: dict[str, str] = {}
    problem = ""
    parts = text.split(",")
    if any(part.startswith(" ") for part in parts):
        problem = "There is a space after a comma: what follows would be taken for the image."
    for part in parts:
        key, _, value = part.strip().partition("=")
        name = _KEYS.get(key)
        if name is None and key not in _OTHER_KEYS:
            nearest = get_close_matches(key.strip(), _KEYS, n=1)
            guess = f" Did you mean {nearest[0]}?" if nearest else ""
            problem = problem or f"Unknown key {key!r}.{guess}"
            name = _KEYS[nearest[0]] if nearest else None
        if name is not None:
            fields[name] = value
    return fields, problem
