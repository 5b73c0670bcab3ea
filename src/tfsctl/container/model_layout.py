"""Where models lie in a container: below /models, and nothing else of this machine's directories with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.container.plan import Mount
from tfsctl.errors import FailedPreconditionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODELS = "/models"
CONFIG_FILE = f"{_MODELS}/models.config"
# Names that are a directory's as they are. Others are allowed for models, but not for directories or by the shell.
_DIRECTORY_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """A model, and the base path that holds its versions: an absolute path, or the URI of a place on a store."""

    name: str
    base_path: Path | str


@dataclass(frozen=True, kw_only=True)
class ModelLayout:
    """What a container is given so that its server serves some models; see `ContainerPlan` for the fields."""

    models: tuple[str, ...]
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


def lay_out(models: Sequence[ModelPlace]) -> ModelLayout:
    """One model goes by the image's own variable, several by a config file.

    Raises FailedPreconditionError for a version that the container could not see (`_refuse_links_outside`).
    """
    if len(models) == 1 and _fits_variable(models[0]):
        (model,) = models
        target = f"{_MODELS}/{model.name}"
        return ModelLayout(
            models=(model.name,), mounts=(_mount(model, target),), environment={"MODEL_NAME": model.name}
        )
    from tfsctl.protos import ModelServerConfig

    config = ModelServerConfig()
    for model in models:
        config.model_config_list.config.add(
            name=model.name, base_path=str(model.base_path), model_platform="tensorflow"
        )
    return lay_out_config(config)


def lay_out_config(config: Any) -> ModelLayout:
    """The models of a ModelServerConfig message whose base paths are absolute paths or URIs.

    The container gets the same message with the base paths as it sees them: policies, labels and the rest stay.

    Raises FailedPreconditionError for a version that the container could not see (`_refuse_links_outside`).
    """
    from google.protobuf import text_format

    inside = type(config)()
    inside.CopyFrom(config)
    mounts = []
    for number, model in enumerate(inside.model_config_list.config, start=1):
        if "://" in model.base_path:
            continue
        target = f"{_MODELS}/{_directory_name(model.name, number)}"
        mounts.append(_mount(ModelPlace(model.name, Path(model.base_path)), target))
        model.base_path = target
    return ModelLayout(
        models=tuple(model.name for model in inside.model_config_list.config),
        mounts=tuple(mounts),
        files={CONFIG_FILE: text_format.MessageToString(inside)},
        arguments=(f"--model_config_file={CONFIG_FILE}",),
    )


def _fits_variable(model: ModelPlace) -> bool:
    return isinstance(model.base_path, Path) and _DIRECTORY_NAME.fullmatch(model.name) is not None


def _directory_name(name: str, number: int) -> str:
    """A directory's name for a model, its own where that will do; no two models get the same."""
    if _DIRECTORY_NAME.fullmatch(name) and f"{_MODELS}/{name}" != CONFIG_FILE:
        return name
    return f"{number}+{re.sub('[^A-Za-z0-9_.-]', '_', name)}"


def _mount(model: ModelPlace, target: str) -> Mount:
    assert isinstance(model.base_path, Path)
    _refuse_links_outside(model.base_path)
    # The engine does not follow links that it is given, and would mount what it finds under the link's name.
    return Mount(model.base_path.resolve(), target)


def _refuse_links_outside(base_path: Path) -> None:
    """A link that leads out of what is mounted leads nowhere in the container: the version would not be found."""
    root = base_path.resolve()
    for link in _links(root):
        if not link.resolve().is_relative_to(root):
            raise FailedPreconditionError(
                f"{link} is a link to {link.resolve()}, which a container that is given {base_path} does not see.",
                hint=f"Put the files themselves there: rm {link} && cp -r {link.resolve()} {link}",
            )


def _links(root: Path) -> Iterator[Path]:
    """The links among the versions and the files that make a SavedModel."""
    for version in root.iterdir():
        if not version.name.isdecimal():
            continue
        if version.is_symlink():
            yield version
        elif version.is_dir():
            yield from (path for path in version.iterdir() if path.is_symlink())
