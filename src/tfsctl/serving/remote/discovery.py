"""From a URI on a command line to the models it means; what `model_discovery` does for paths."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from tfsctl.core import child
from tfsctl.errors import FailedPreconditionError, NotFoundError
from tfsctl.serving.config import ModelConfig
from tfsctl.serving.models.location import parse_location
from tfsctl.serving.remote.file_system import RemoteFileSystem
from tfsctl.versions import parse_version

_SAVED_MODEL_FILES = frozenset({"saved_model.pb", "saved_model.pbtxt"})


def discover_on_store(name: str, uri: str) -> list[ModelConfig]:
    """The model with base path `uri`, called `name` or else by its last part; or the models below it.

    One listing says which; if it is a directory of models, there is one more for each.

    Raises:
        NotFoundError: there is nothing.
        FailedPreconditionError: it holds no model; the hint says what would be right.
        TfsctlError: the store cannot be read, or not from this installation.
    """
    uri = str(parse_location(uri))
    own_name = name or uri.rpartition("/")[2]
    with contextlib.closing(RemoteFileSystem()) as stores, _missing(uri):
        stores.check(uri)
        children = stores.children(uri)
        _refuse_version_directory(name, uri, children)
        if _has_version(children):
            return [ModelConfig(name=own_name, base_path=uri)]
        models = [one for one in children if not one.startswith(".") and _has_version(_children(stores, uri, one))]
    if not models:
        raise FailedPreconditionError(
            f"No versions of servable {own_name} found under base path {uri}.",
            hint="Below a model's base path are names 1, 2, … and below each of them the files of a SavedModel.",
        )
    if name:
        raise FailedPreconditionError(
            f"{uri} is a directory of models, not the base path of one.",
            hint=f"Serve all of them with: tfsctl serve {uri}\nOr one: tfsctl serve {name}={child(uri, models[0])}",
        )
    return [ModelConfig(name=one, base_path=child(uri, one)) for one in models]


@contextlib.contextmanager
def _missing(uri: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError(f"{uri} not found", hint=error.strerror) from error
    except NotADirectoryError as error:
        raise FailedPreconditionError(
            f"{uri} is an object, not a directory.", hint="A server wants a model's base path."
        ) from error


def _refuse_version_directory(name: str, uri: str, children: Sequence[str]) -> None:
    if _SAVED_MODEL_FILES.isdisjoint(children):
        return
    above, _, last = uri.rpartition("/")
    prefix = f"{name}=" if name else ""
    hint = (
        f"Serve the directory above it: tfsctl serve {prefix}{above}"
        if parse_version(last) is not None
        else f"Put it below a version number: {uri}/1/"
    )
    raise FailedPreconditionError(f"{uri} is one version of a model, not a model's base path.", hint=hint)


def _has_version(names: Sequence[str]) -> bool:
    return any(parse_version(name) is not None for name in names)


def _children(stores: RemoteFileSystem, uri: str, name: str) -> Sequence[str]:
    try:
        return stores.children(child(uri, name))
    except (FileNotFoundError, NotADirectoryError):  # An object, or gone meanwhile.
        return ()
