"""Write a `tf.Module` as a SavedModel, a signature for each of its functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfsctl.errors import FailedPreconditionError
from tfsctl.model_spec import DEFAULT_SIGNATURE_NAME
from tfsctl.train.tensorflow_import import import_tensorflow

_TRACKED = "_tfsctl_variables"


def write_tf_module(module: Any, path: Path) -> None:
    """Write `module` as the SavedModel `path`.

    Every `tf.function` with an `input_signature` becomes a signature of its name; `__call__`, or the only one there is,
    becomes `serving_default` (the only one under both names). Names that begin with `_` are left out.

    Raises:
        FailedPreconditionError: there is no such function, or TensorFlow cannot trace or save one.
    """
    tf = import_tensorflow()
    functions = _functions(module)
    if not functions:
        raise FailedPreconditionError(
            f"{type(module).__name__} has no tf.function with an input_signature: there is nothing to export.",
            hint="Decorate a method with @tf.function(input_signature=[tf.TensorSpec([None, 784], tf.float32)]).",
        )
    signatures = {name: _traced(name, function) for name, function in functions.items()}
    try:
        with _tracking(module, signatures):
            tf.saved_model.save(module, str(path), signatures=signatures)
    except (ValueError, TypeError, AssertionError, NotImplementedError) as error:
        raise FailedPreconditionError(f"TensorFlow cannot save {type(module).__name__}: {error}") from error


def _traced(name: str, function: Any) -> Any:
    """The graph of a function; tracing runs the user's code, which may raise anything."""
    try:
        return function.get_concrete_function()
    except Exception as error:
        raise FailedPreconditionError(f"{name} fails when TensorFlow traces it: {str(error).strip()}") from error


def _functions(module: Any) -> dict[str, Any]:
    """The functions to export, by the names of their signatures."""
    polymorphic = import_tensorflow().types.experimental.PolymorphicFunction
    found: dict[str, Any] = {}
    for name in dir(module):
        if name.startswith("_") and name != "__call__":
            continue
        function = getattr(module, name, None)
        if isinstance(function, polymorphic) and function.input_signature is not None:
            found[DEFAULT_SIGNATURE_NAME if name == "__call__" else name] = function
    if len(found) == 1:
        found.setdefault(DEFAULT_SIGNATURE_NAME, next(iter(found.values())))
    return found


@contextmanager
def _tracking(module: Any, signatures: Mapping[str, Any]) -> Iterator[None]:
    """Let the variables that the functions use be saved as themselves.

    TensorFlow saves a Keras layer inside of a `tf.Module` by a copy of its variables. The signatures go on using the
    originals, which no server would find in the file ("Could not find variable …").
    """
    known = {id(variable) for variable in module.variables}
    used = [variable for function in signatures.values() for variable in function.graph.variables]
    unknown = {id(variable): variable for variable in used if id(variable) not in known}
    if not unknown:
        yield
        return
    setattr(module, _TRACKED, list(unknown.values()))
    try:
        yield
    finally:
        delattr(module, _TRACKED)
