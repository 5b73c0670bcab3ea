"""The options of `tfsctl serve --docker`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from tfsctl.errors import UsageError

_PANEL = "Container"
# The same as tfsctl.container.OFFICIAL_IMAGE, which a page of help need not load.
_IMAGE = "tensorflow/serving"
# How Docker writes sizes.
_SIZE = re.compile(r"\d+(\.\d+)?[bkmgt]?b?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class DockerOptions:
    """Which container to run, and how. Called `docker_…` where the name alone would say too little in the settings."""

    docker: Annotated[
        bool,
        typer.Option("--docker", help="Run TensorFlow Serving's image in a container.", rich_help_panel=_PANEL),
    ] = False
    image: Annotated[
        str,
        typer.Option("--image", metavar="IMAGE", help="Another image with the same contract.", rich_help_panel=_PANEL),
    ] = _IMAGE
    image_tag: Annotated[
        str,
        typer.Option(
            "--image-tag",
            metavar="TAG",
            help="Which of its releases.  [default: latest]",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = ""
    gpu: Annotated[
        bool,
        typer.Option("--gpu", help="Give it the GPUs; the image is the one for these.", rich_help_panel=_PANEL),
    ] = False
    memory: Annotated[
        str,
        typer.Option(
            "--memory",
            metavar="SIZE",
            help="The most memory it may use, such as 512m or 2g.",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = ""
    cpus: Annotated[
        float,
        typer.Option(
            "--cpus",
            metavar="N",
            help="How many processors it may use, such as 1.5.",
            show_default=False,
            rich_help_panel=_PANEL,
        ),
    ] = 0.0
    pull: Annotated[
        Literal["missing", "always", "never"],
        typer.Option("--pull", help="When to ask the registry for the image.", rich_help_panel=_PANEL),
    ] = "missing"
    start_timeout: Annotated[
        float,
        typer.Option(
            "--start-timeout",
            metavar="SECONDS",
            help="How long its models may take to become available.",
            rich_help_panel=_PANEL,
        ),
    ] = 300.0
    print_command: Annotated[
        bool,
        typer.Option(
            "--print",
            help="Show the `docker run` that does the same, and do nothing.",
            rich_help_panel=_PANEL,
            allow_from_autoenv=False,
        ),
    ] = False

    def check(self, typed: Collection[str]) -> None:
        """Raise UsageError for values that cannot be, and for options of a container where none is to run.

        Those are no mistake where they are not among the `typed`: settings are there for when they are needed.
        """
        given = [f.name for f in dataclasses.fields(self) if f.name in typed and f.name != "docker"]
        if given and not self.docker:
            option = "--print" if given[0] == "print_command" else f"--{given[0].replace('_', '-')}"
            raise UsageError(f"{option} goes with --docker.")
        if self.memory and _SIZE.fullmatch(self.memory) is None:
            raise UsageError(f"--memory {self.memory} is not a size.", hint="Write a number and m or g: 512m, 2g.")
        if self.cpus < 0:
            raise UsageError("--cpus must be more than 0.")
        if self.start_timeout <= 0:
            raise UsageError("--start-timeout must be more than 0.")
