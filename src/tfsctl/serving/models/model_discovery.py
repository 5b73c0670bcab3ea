"""From the paths on a command line to the models they mean.

A path is a model's base path (it has version directories, whose names are whole numbers), or a directory of such;
`NAME=PATH` names the model. A path may be a URI (`remote_discovery`). What people mistake for it (tensorflow/serving
issues 1419, 1250, 1769 and many like them) is refused here, at once and with the command that would be right, where
TF Serving would wait for ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tfsctl.core import Location
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from tfsctl.serving.config import ModelConfig
from tfsctl.serving.models.location import is_uri, parse_location
from tfsctl.versions import parse_version

_BEGINS_AS_PATH = re.compile(r"[/~]|\.\.?[/\\]|[A-Za-z]:[/\\]")
_SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
_EXPORT_HINT = "Make one first, for example: tfsctl export half_plus_two"


def discover(arguments: Sequence[str]) -> tuple[ModelConfig, ...]:
    """The models meant by `arguments`, each `PATH` or `NAME=PATH`, in their order; base paths are absolute.

    Raises:
        NotFoundError: a path does not exist.
        FailedPreconditionError: a path holds no model; the hint says what would be right.
        InvalidArgumentError: two paths give models of the same name.
        PermissionDeniedError: a directory cannot be read.
        TfsctlError: a store cannot be read (`discover_on_store`).
    """
    models: dict[str, ModelConfig] = {}
    for argument in arguments:
        for model in _discover_one(argument):
            if model.name in models:
                raise InvalidArgumentError(
                    f"Two models are named {model.name}: {models[model.name].base_path} and {model.base_path}.",
                    hint=f"Name one of them otherwise: NAME={model.base_path}",
                )
            models[model.name] = model
    return tuple(models.values())


def _discover_one(argument: str) -> list[ModelConfig]:
    name, place = _split(argument)
    if isinstance(place, str):
        from tfsctl.serving.remote.discovery import discover_on_store

        return discover_on_store(name, place)
    try:
        return _models_at(name, place)
    except PermissionError as error:
        raise PermissionDeniedError(f"{error.filename}: {error.strerror}", hint="Let this user read it.") from error


def _models_at(name: str, path: Path) -> list[ModelConfig]:
    if not path.exists():
        raise NotFoundError(f"No such file or directory: {path}", hint=_EXPORT_HINT)
    _refuse_version_directory(name, path)
    if _has_versions(path):
        return [ModelConfig(name=name or path.name, base_path=path)]
    children = [child for child in _children(path) if child.is_dir() and _has_versions(child)]
    if not children:
        raise FailedPreconditionError(
            f"No versions of servable {name or path.name} found under base path {path}.", hint=_layout_hint(name, path)
        )
    if name:
        raise FailedPreconditionError(
            f"{path} is a directory of models, not the base path of one.",
            hint=f"Serve all of them with: tfsctl serve {path}\nOr one: tfsctl serve {name}={children[0]}",
        )
    return [ModelConfig(name=child.name, base_path=child) for child in children]


def _split(argument: str) -> tuple[str, Location]:
    """Name (empty if none is given) and place. A path that exists as it stands, and a URI, may have `=` in it.

    What stands before a `=` is no name where it is a path itself, Windows' included.
    """
    if not is_uri(argument) and not Path(argument).expanduser().exists():
        name, equals, path = argument.partition("=")
        if equals and name and path and _BEGINS_AS_PATH.match(name) is None:
            return name, parse_location(path)
    # Absolute, so that `.` and `models/..` get a name. A link stays one: where it leads may change later.
    return "", parse_location(argument)


def _refuse_version_directory(name: str, path: Path) -> None:
    """Refuse a version directory and the files in it: what is served is the directory above."""
    version_directory = path.parent if path.is_file() else path
    if not path.is_dir() and path.name not in _SAVED_MODEL_FILES:
        raise FailedPreconditionError(
            f"{path} is not a directory.", hint=f"A server wants a SavedModel. Convert with: tfsctl export {path}"
        )
    if not _has_saved_model(version_directory):
        return
    base_path = version_directory.parent
    prefix = f"{name}=" if name else ""
    if parse_version(version_directory.name) is not None:
        hint = f"Serve the directory above it: tfsctl serve {prefix}{base_path}"
    else:
        model_name = name or version_directory.name
        hint = (
            f"Put it below a version number: tfsctl export {version_directory} --name {model_name}"
            f"\nThen: tfsctl serve models/{model_name}"
        )
    raise FailedPreconditionError(f"{path} is one version of a model, not a model's base path.", hint=hint)


def _layout_hint(name: str, path: Path) -> str:
    """What to do about a directory in which no version was found."""
    for child in _children(path):
        if child.is_dir() and _has_saved_model(child):
            return (
                "The names of version directories are whole numbers. Rename it:"
                f" mv {child} {path / '1'}\nThen: tfsctl serve {name + '=' if name else ''}{path}"
            )
    return f"A model's base path holds directories named 1, 2, … with a SavedModel each. {_EXPORT_HINT}"


def _has_versions(path: Path) -> bool:
    return path.is_dir() and any(parse_version(child.name) is not None and child.is_dir() for child in _children(path))


def _has_saved_model(path: Path) -> bool:
    return any((path / file).exists() for file in _SAVED_MODEL_FILES)


def _children(path: Path) -> list[Path]:
    """What stands in a directory, sorted, hidden names left out."""
    try:
        return sorted(child for child in path.iterdir() if not child.name.startswith("."))
    except NotADirectoryError:
        return []
