"""Checks whether the server's TensorFlow is as new as the one that wrote the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import VersionSubject

_VERSION = re.compile(r"(\d+)\.(\d+)")


def check_tensorflow_version(subject: VersionSubject) -> Iterator[Finding]:
    """A finding for a model of a newer TensorFlow; major and minor number count."""
    written = subject.info.tensorflow_version
    server = subject.options.tensorflow_version or _installed()
    newest, served_by = parse_release(written), parse_release(server)
    if newest is None or served_by is None or newest <= served_by:
        return
    yield found(
        "newer-tensorflow",
        f"TensorFlow {written} wrote it; the server has {server}.",
        path=subject.file,
        correction=f"Use a server with TensorFlow {newest[0]}.{newest[1]} or newer, or export it with {server}.",
    )


def parse_release(text: str) -> tuple[int, int] | None:
    """Major and minor number at the beginning of `text`; None if there are none."""
    match = _VERSION.match(text)
    return (int(match[1]), int(match[2])) if match is not None else None


def _installed() -> str:
    try:
        return version("tensorflow")
    except PackageNotFoundError:
        return ""
