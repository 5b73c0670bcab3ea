"""What is installed."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

import tfsctl
from tfsctl.machine.condition import Condition, State

_OLDEST, _NEWEST = (3, 10), (3, 13)
# The same TensorFlow comes under several names.
_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos")
_OF_EXTRA = re.compile(r"^(?P<package>[\w.-]+).*\bextra\s*==\s*['\"](?P<extra>[\w-]+)")
_PURPOSES = {
    "s3": "models at s3://",
    "gcs": "models at gs://",
    "remote": "models on other object stores",
    "tflite": "TensorFlow Lite models",
    "images": "pictures as inputs of predict",
}


def python() -> Condition:
    """The interpreter and the system it runs on."""
    found = f"{platform.python_version()} ({sys.executable}), {platform.system()} {platform.machine()}"
    if _OLDEST <= sys.version_info[:2] <= _NEWEST:
        return Condition("python", "Python", State.OK, found)
    remedy = "TensorFlow is made for Python 3.10 to 3.13: install one of these, and tfsctl in a new environment of it."
    return Condition("python", "Python", State.PROBLEM, found, remedy)


def tfsctl_itself() -> Condition:
    """The version of this program."""
    return Condition("tfsctl", "tfsctl", State.OK, tfsctl.__version__)


def tensorflow() -> Condition:
    """The version of TensorFlow, which is not imported."""
    for name in _TENSORFLOWS:
        found = installed(name)
        if found is not None:
            return Condition("tensorflow", "TensorFlow", State.OK, found)
    remedy = f"Neither serve nor export works without: {sys.executable} -m pip install tensorflow"
    return Condition("tensorflow", "TensorFlow", State.PROBLEM, "not installed", remedy)


def extras() -> Iterator[Condition]:
    """What can be installed in addition."""
    for extra, packages in _extras().items():
        versions = {package: installed(package) for package in packages}
        subject = f"Extra {extra}"
        if None not in versions.values():
            found = ", ".join(f"{package} {found}" for package, found in versions.items())
            yield Condition(f"extra.{extra}", subject, State.OK, found)
        else:
            purpose = f"For {_PURPOSES[extra]}: " if extra in _PURPOSES else ""
            remedy = f"{purpose}{sys.executable} -m pip install 'tfsctl[{extra}]'"
            yield Condition(f"extra.{extra}", subject, State.NOTE, "not installed", remedy)


def installed(distribution: str) -> str | None:
    """The version of what is installed; None if it is not."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _extras() -> dict[str, list[str]]:
    """Packages by extra, as tfsctl's own metadata has them."""
    found: dict[str, list[str]] = {}
    try:
        requirements = requires("tfsctl") or []
    except PackageNotFoundError:  # Run from a directory of sources.
        return {}
    for requirement in requirements:
        match = _OF_EXTRA.match(requirement)
        if match is not None:
            found.setdefault(match["extra"], []).append(match["package"])
    return found
