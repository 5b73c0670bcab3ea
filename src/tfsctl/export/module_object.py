"""Models that Python code makes: `module:object`."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tfsctl.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from tfsctl.export.keras_model import write_keras_model
from tfsctl.export.tf_module import write_tf_module
from tfsctl.train.tensorflow_import import import_keras, import_tensorflow

_HINT = "Name a Keras model, a tf.Module, or a function without arguments that returns one, as module:object."


def write_module_object(source: str, path: Path) -> None:
    """Write the model that `source`, `module:object`, names as the SavedModel `path`.

    The object is a Keras model, a `tf.Module`, or callable without arguments and returns one of them; it may be an
    attribute of an attribute (`module:factory.model`). The current directory comes first on Python's path meanwhile,
    and what the module prints goes to stderr.

    Raises:
        InvalidArgumentError: `source` is malformed, or the object is of another kind.
        NotFoundError: no such module, or no such attribute in it.
        FailedPreconditionError: the module or the function fails, or the model has nothing to export.
    """
    # TensorFlow first, so that a file of the user's cannot take the place of a module that TensorFlow imports.
    keras, tf = import_keras(), import_tensorflow()
    with _current_directory_on_path(), contextlib.redirect_stdout(sys.stderr):
        model = _model(source, (keras.Model, tf.Module))
        if isinstance(model, keras.Model):
            write_keras_model(model, path)
        else:
            write_tf_module(model, path)


def split_module_object(source: str) -> tuple[str, str]:
    """Module and attribute of `module:object`; raises InvalidArgumentError if it is not of that form."""
    module_name, _, attribute = source.partition(":")
    names = (*module_name.split("."), *attribute.split("."))
    if not all(name.isidentifier() for name in names):
        raise InvalidArgumentError(f"{source} is not of the form module:object.", hint=_HINT)
    return module_name, attribute


def _model(source: str, kinds: tuple[type, ...]) -> Any:
    """The model that `source` names, made by calling the object if it is not a model itself."""
    module_name, attribute = split_module_object(source)
    found = _attribute(_import(module_name), attribute, source)
    if isinstance(found, kinds):
        return found
    if not callable(found):
        raise InvalidArgumentError(f"{source} is of type {type(found).__name__}: nothing to export.", hint=_HINT)
    made = _call(found, source)
    if not isinstance(made, kinds):
        raise InvalidArgumentError(f"{source}() returns {type(made).__name__}: nothing to export.", hint=_HINT)
    return made


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise FailedPreconditionError(f"The module {name} needs {error.name}, which is not installed.") from error
        raise NotFoundError(
            f"There is no module {name}.", hint=f"Looked in {Path.cwd()} and on Python's path."
        ) from error
    except Exception as error:
        raise FailedPreconditionError(
            f"The module {name} cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _attribute(module: Any, attribute: str, source: str) -> Any:
    try:
        return functools.reduce(getattr, attribute.split("."), module)
    except AttributeError as error:
        public = [name for name in vars(module) if not name.startswith("_")]
        raise NotFoundError(
            f"{source}: the module {module.__name__} has no attribute {attribute}.",
            hint=f"It has: {', '.join(public) or 'none'}.",
        ) from error


def _call(factory: Any, source: str) -> Any:
    if _required_parameters(factory):
        needed = ", ".join(_required_parameters(factory))
        raise InvalidArgumentError(f"{source} cannot be called without arguments: it needs {needed}.", hint=_HINT)
    try:
        return factory()
    except Exception as error:
        raise FailedPreconditionError(f"{source}() failed: {type(error).__name__}: {error}") from error


def _required_parameters(factory: Any) -> list[str]:
    try:
        parameters: Mapping[str, inspect.Parameter] = inspect.signature(factory).parameters
    except (TypeError, ValueError):  # something built in, which does not say
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        name
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty and parameter.kind not in variadic
    ]


@contextlib.contextmanager
def _current_directory_on_path() -> Iterator[None]:
    entry = os.getcwd()
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(entry)
