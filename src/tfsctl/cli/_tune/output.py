"""What `tfsctl tune` leaves behind: parameter files, and the lines that serve with them."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.cli._serve.flags import ServeFlags
from tfsctl.errors import TfsctlError, UsageError

if TYPE_CHECKING:
    from tfsctl.cli._docker.options import DockerOptions
    from tfsctl.tune import Setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where parameters are to be written.

    Attributes:
        server_file: For `--batching_parameters_file`; None: nowhere.
        model_file: For one version of one model; None: nowhere.
    """

    server_file: Path | None = None
    model_file: Path | None = None

    def write(self, setting: Setting) -> dict[str, Path]:
        """Write what is wanted, replacing what is there, and tell what was written; nothing without batching.

        Raises as `tfsctl.disk.disk_errors` does.
        """
        from tfsctl.disk import replacing
        from tfsctl.tune import model_parameters_text, parameters_text

        if setting.batching is None:
            return {}
        texts = {"server": parameters_text(setting.batching), "model": model_parameters_text(setting.batching)}
        places = {"server": self.server_file, "model": self.model_file}
        written = {what: place for what, place in places.items() if place is not None}
        for what, place in written.items():
            with replacing(place) as temporary:
                temporary.write_text(texts[what], encoding="utf-8")
        return written


def destination(output: Path | None, *, per_model: bool, base_path: Path | str) -> Destination:
    """The files that `--output DIR|FILE` and `--per-model` mean; a path without a suffix is a directory.

    Raises:
        UsageError: `--per-model` without `--output`, or for a model on a store.
        NotFoundError: the model has no version.
    """
    from tfsctl.tune import MODEL_FILE_NAME, SERVER_FILE_NAME

    if output is None:
        if per_model:
            raise UsageError("--per-model goes with --output.", hint="The threads stand in the server's file.")
        return Destination()
    is_directory = output.is_dir() or not output.suffix
    server_file = output / SERVER_FILE_NAME if is_directory else output
    if not per_model:
        return Destination(server_file=server_file)
    if not isinstance(base_path, Path):
        raise UsageError("--per-model writes into the model's version directory, which has to be on this machine.")
    from tfsctl.version_path import find_version

    return Destination(server_file=server_file, model_file=find_version(base_path).path / MODEL_FILE_NAME)


def flags_of(setting: Setting, server_file: Path, *, per_model: bool) -> dict[str, Any]:
    """The flags of a server with the parameters where they were written."""
    flags = setting.flags(server_file)
    if per_model and setting.batching is not None:
        flags["enable_per_model_batching_parameters"] = True
    return flags


def command_lines(model: str, flags: Mapping[str, Any], docker: DockerOptions, *, is_written: bool) -> dict[str, str]:
    """The lines that serve `model` with `flags`, for tfsctl and for TensorFlow Serving's image.

    The second is missing for a model that a container could not serve from where it is.
    """
    lines = {"tfsctl": shlex.join(["tfsctl", "serve", model, *(_option(*flag) for flag in flags.items())])}
    with contextlib.suppress(TfsctlError):  # Such as a link out of the base path: `tfsctl serve --docker` says more.
        lines["docker"] = _docker_line(model, flags, docker, is_written=is_written)
    return lines


def _docker_line(model: str, flags: Mapping[str, Any], docker: DockerOptions, *, is_written: bool) -> str:
    from tfsctl.cli._serve.docker import container_plan
    from tfsctl.container import docker_run_line

    file = flags.get("batching_parameters_file")
    # A file that is only shown does not exist yet; any other passes for it until the line is put together.
    given = dict(flags) if is_written or file is None else {**flags, "batching_parameters_file": __file__}
    plan = container_plan([model], ServeFlags(**given), docker, name="")
    if file is not None and not is_written:
        stand_in = Path(__file__).resolve()
        mounts = [replace(m, source=Path(file).absolute()) if m.source == stand_in else m for m in plan.mounts]
        plan = replace(plan, mounts=tuple(mounts))
    return docker_run_line(plan)


def _option(name: str, value: Any) -> str:
    dashed = name.replace("_", "-")
    return f"--{dashed}" if value is True else f"--{dashed}={value}"
