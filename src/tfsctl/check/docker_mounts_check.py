"""Checks how the mounts of a command are written, and whether what they name is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tfsctl.check.container import Container
from tfsctl.check.docker_mount import Mount
from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import word


def check_mounts(container: Container) -> Iterator[Finding]:
    """Findings about each mount by itself."""
    for mount in container.mounts:
        if mount.problem:
            yield from _check_syntax(container, mount)
        elif not mount.is_absolute:
            yield _relative(container, mount)
        elif not Path(mount.source).exists():
            yield _missing(mount)


def host_path(mount: Mount) -> Path:
    """What the source of a mount was meant to be: a relative path means one below the current directory."""
    return Path(mount.source).expanduser().absolute()


def right_target(container: Container, mount: Mount) -> str:
    """The target of a mount, or where it should have been."""
    if mount.target.startswith("/"):
        return mount.target
    return str(PurePosixPath(container.home) / (PurePosixPath(mount.target).name or host_path(mount).name))


def _check_syntax(container: Container, mount: Mount) -> Iterator[Finding]:
    written = " ".join(mount.option.words)
    source = mount.source or ("" if mount.option.name == "mount" else mount.target)
    if not source or not Path(source).expanduser().exists():
        yield found("docker-mount-syntax", f"{written}: {mount.problem}")
        return
    target = right_target(container, mount) if mount.source else f"{container.home}/{Path(source).name}"
    words = mount.words(source=Path(source).expanduser().absolute(), target=target)
    container.correction.replace(mount.option, words)
    yield found("docker-mount-syntax", f"{written}: {mount.problem}", correction=f"Write: {' '.join(map(word, words))}")


def _relative(container: Container, mount: Mount) -> Finding:
    path = host_path(mount)
    if "/" not in mount.source and not path.exists():
        message = f"{mount.source!r} is the name of a volume; nothing is known of what is in it."
        return found("docker-relative-mount", message, correction="Mount a directory by its absolute path.")
    words = mount.words(source=path, target=mount.target)
    container.correction.replace(mount.option, words)
    if mount.source.startswith("~"):
        message = f"{mount.source}: a shell does not expand ~ here."
    else:
        message = f"{mount.source!r} is not absolute; it was meant to be {path}."
    return found("docker-relative-mount", message, correction=f"Write: {' '.join(map(word, words))}")


def _missing(mount: Mount) -> Finding:
    path = Path(mount.source)
    parent = next(parent for parent in path.parents if parent.exists())
    children = ", ".join(sorted(child.name for child in parent.iterdir() if not child.name.startswith("."))[:5])
    there = f" In {parent} there are: {children}." if children else ""
    return found("docker-mount-source-missing", f"{mount.source} does not exist on this machine.{there}", path=path)
