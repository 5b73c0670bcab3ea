"""What a container would be told: by its mounts, its environment and the server's flags."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tfsctl.check.docker_correction import DockerCorrection
from tfsctl.check.docker_mount import Mount, locate, mounts_of
from tfsctl.check.docker_run import DockerRun
from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.server_arguments import ServerArguments, read_server_arguments
from tfsctl.check.tensorflow_version import parse_release

# The image's own settings (tensorflow-serving.md §8).
_DEFAULT_NAME, _DEFAULT_HOME = "model", "/models"
OFFICIAL_IMAGE = "tensorflow/serving"


@dataclass(frozen=True, slots=True)
class Container:
    """A command, and what follows from it. `correction` collects what is to be changed."""

    run: DockerRun
    mounts: Sequence[Mount]
    variables: Mapping[str, str]
    server: ServerArguments
    correction: DockerCorrection

    @property
    def is_official(self) -> bool:
        """Whether the image is TensorFlow Serving's own."""
        name = (self.run.image or OFFICIAL_IMAGE).removeprefix("docker.io/")
        return name.partition(":")[0].partition("@")[0] == OFFICIAL_IMAGE

    @property
    def tag(self) -> str:
        """The tag of the image, as `2.19.0-gpu`; empty where there is none."""
        return (self.run.image or "").rpartition("/")[2].partition("@")[0].partition(":")[2]

    @property
    def tensorflow_version(self) -> str:
        """The server's TensorFlow, where the tag of the official image says it; else empty."""
        return self.tag if self.is_official and parse_release(self.tag) else ""

    @property
    def model_name(self) -> str:
        """What the server calls the model."""
        return self.server.flags.get("model_name") or self.variables.get("MODEL_NAME") or _DEFAULT_NAME

    @property
    def home(self) -> str:
        """The directory in the container in which the image looks for MODEL_NAME."""
        return str(PurePosixPath(self.variables.get("MODEL_BASE_PATH") or _DEFAULT_HOME))

    @property
    def base_path(self) -> str:
        """The model's base path in the container."""
        variable = self.variables.get("MODEL_NAME") or _DEFAULT_NAME
        return self.server.flags.get("model_base_path") or str(PurePosixPath(self.home) / variable)

    def locate(self, path: str) -> Path | None:
        """Where on this machine the file or directory is that has this path in the container; None if nowhere."""
        return locate(self.mounts, path)

    def port(self, flag: str, default: int) -> int:
        """The port inside the container that a flag sets."""
        text = self.server.flags.get(flag, "")
        return int(text) if text.isdecimal() else default


def read_container(run: DockerRun) -> Container:
    """What a command would tell its container."""
    server = read_server_arguments(run.arguments)
    correction = DockerCorrection(run)
    if list(server.corrected) != list(run.arguments):
        correction.set_arguments(server.corrected)
    return Container(run, mounts_of(run), _variables(run), server, correction)


def check_image(container: Container) -> Iterator[Finding]:
    """Findings about the image, and about where options stand."""
    run = container.run
    if run.image is None:
        container.correction.set_image(OFFICIAL_IMAGE)
        yield found("docker-no-image", "The command ends without an image.", correction=f"Add: {OFFICIAL_IMAGE}")
    if run.misplaced:
        words = " ".join(word for option in run.misplaced for word in option.words)
        message = f"{words} stands after the image {run.image}, so it goes to the server."
        yield found("docker-options-after-image", message, correction=f"Write it before {run.image}.")
    if container.is_official and "gpu" in container.tag and not run.has("gpus", "runtime", "device"):
        container.correction.add("--gpus", "all")
        yield found("docker-gpu-missing", f"The image is {run.image}, without --gpus.", correction="Add: --gpus all")
    if container.is_official and platform.machine().lower() in {"arm64", "aarch64"}:
        yield found("docker-image-platform", f"This machine is {platform.machine()}; the image is for amd64.")


def _variables(run: DockerRun) -> dict[str, str]:
    variables: dict[str, str] = {}
    for file in run.values("env-file"):
        variables.update(_env_file(Path(file).expanduser()))
    for text in run.values("env"):
        name, equals, value = text.partition("=")
        variables[name] = value if equals else os.environ.get(name, "")
    return variables


def _env_file(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield name.strip(), value
