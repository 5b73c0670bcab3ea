"""What a Docker engine's complaints mean, and what to do about them."""

from __future__ import annotations

import re
from typing import NamedTuple

from tfsctl.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    TfsctlError,
    UnavailableError,
    UnknownError,
    UsageError,
)

NO_ARM64 = (
    "TensorFlow Serving's image is for x86-64 only: there is none for ARM64, Apple's machines included."
    "\n`tfsctl serve` without --docker runs on this machine's own processor."
)


class _Meaning(NamedTuple):
    """A complaint by its words, and what becomes of it: `{subject}` and the pattern's groups may stand in the texts."""

    pattern: str
    error: type[TfsctlError]
    message: str
    hint: str | None


_UNSEEN_PATH = (
    "The Docker daemon does not see {path}.",
    (
        "It runs on another machine, in another container or in a virtual machine that does not share that directory."
        "\nRun this where the daemon runs, or share it in Docker Desktop's settings (Resources, File sharing)."
    ),
)
# The first that fits counts. The daemon's words have no codes, and differ a little between its releases.
_MEANINGS = (
    _Meaning(
        r"exec format error",
        FailedPreconditionError,
        "{subject} is built for another processor than this machine's.",
        NO_ARM64,
    ),
    _Meaning(
        r"no matching manifest for (?P<platform>\S+)",
        FailedPreconditionError,
        "There is no {subject} for {platform}.",
        NO_ARM64,
    ),
    _Meaning(
        # In our own server's words, so that whoever listens there is looked for.
        r"(?P<place>\S*:\d+)(?: failed: port is already|: bind: (?:address already in use|an attempt was made))",
        FailedPreconditionError,
        "Cannot listen on {place}: Address already in use",
        "Stop what listens there, or choose another port (0 takes a free one).",
    ),
    _Meaning(
        r"cannot assign requested address",
        InvalidArgumentError,
        "Docker cannot publish ports at that --host: no address of this machine is that.",
        "127.0.0.1 is this machine alone, 0.0.0.0 is everybody.",
    ),
    _Meaning(r"bind source path does not exist: (?P<path>.+?)\"?$", FailedPreconditionError, *_UNSEEN_PATH),
    _Meaning(r"Mounts denied:[^/]*(?P<path>/.+?) (?:is|and) ", FailedPreconditionError, *_UNSEEN_PATH),
    _Meaning(
        r"Conflict\. The container name \"/?(?P<name>[^\"]+)\" is already in use",
        AlreadyExistsError,
        "There is a container named {name} already.",
        "Choose another --name, or remove it: docker rm -f {name}",
    ),
    _Meaning(
        r"Invalid container name", UsageError, "A container's name has letters, digits, `_`, `.` and `-` only.", None
    ),
    _Meaning(
        r"could not select device driver.*gpu|nvidia-container|unknown runtime.*nvidia",
        FailedPreconditionError,
        "Docker has no GPU to give: {explanation}",
        "Install NVIDIA's container toolkit, or leave --gpu out:"
        " https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/",
    ),
    _Meaning(r"(?P<range>Range of CPUs is from .*)", UsageError, "{range}", None),
    _Meaning(r"minimum memory limit", UsageError, "--memory: {explanation}", None),
    _Meaning(
        r"no space left on device",
        ResourceExhaustedError,
        "Docker's disk is full.",
        "Make room: docker system df shows what is used, docker system prune removes what is not.",
    ),
    _Meaning(
        r"executable file not found|exec: \"[^\"]*\": (?:stat|no such file)|no command specified",
        FailedPreconditionError,
        "{subject} has nothing that starts a server.",
        "It must keep the contract of tensorflow/serving, whose entry point is a server.",
    ),
    _Meaning(
        r"pull access denied|repository does not exist|denied: |unauthorized|authentication required|no basic auth",
        PermissionDeniedError,
        "The registry does not give out {subject}: there is no such image, or it wants to know who you are.",
        "Check the name; for a private image: docker login",
    ),
    _Meaning(
        r"manifest (?:for .* )?(?:not found|unknown)",
        NotFoundError,
        "The registry has no {subject}.",
        "Its tags stand on the registry's page of the image; for TensorFlow Serving's:"
        " https://hub.docker.com/r/tensorflow/serving/tags",
    ),
    _Meaning(
        r"toomanyrequests|rate limit",
        UnavailableError,
        "The registry has had enough requests from here.",
        "docker login raises the limit; it also goes away by itself after some hours.",
    ),
    _Meaning(
        r"no such host|i/o timeout|connection refused|network is unreachable|Temporary failure|TLS handshake|"
        r"context deadline exceeded|Client\.Timeout|server misbehaving|proxyconnect|connection reset|\bEOF\b|x509",
        UnavailableError,
        "{subject} is not on this machine, and its registry cannot be reached: {explanation}",
        "Without network: `docker save IMAGE | gzip > image.tar.gz` on a machine that has it, `docker load -i"
        " image.tar.gz` here.\n`docker images` lists what is here (--image, --image-tag)."
        " `tfsctl serve` without --docker needs no image.",
    ),
    _Meaning(r"No such image", NotFoundError, "{subject} is not on this machine.", "docker pull {subject}"),
    _Meaning(r"No such container", NotFoundError, "The container {subject} is gone.", None),
)


def error_of_engine(explanation: str, subject: str) -> TfsctlError:
    """The error for what a Docker engine said of `subject`, an image or a container, in its words if no other fit."""
    explanation = explanation.strip()
    for meaning in _MEANINGS:
        match = re.search(meaning.pattern, explanation, re.DOTALL | re.IGNORECASE)
        if match is not None:
            words = {**match.groupdict(), "explanation": explanation, "subject": subject}
            hint = meaning.hint.format(**words) if meaning.hint else None
            return meaning.error(meaning.message.format(**words), hint=hint)
    return UnknownError(f"Docker refuses ({subject}): {explanation}")
