"""The runtime that imports TensorFlow and runs a SavedModel in a session of its Python API: slower, but everywhere.

A session, and not `tf.saved_model.load`, because a session does what the C API and TF Serving do: it fetches only the
outputs wanted, keeps to a deadline, takes any tags, and leaves shapes to the operations.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
    error_for,
)
from tfsctl.runtime._input_check import InputCheck, find_input_checks
from tfsctl.runtime._library import find_library
from tfsctl.runtime._run_arguments import check_aliases, is_stored_type, timeout_in_ms, to_bytes, unknown_tensor_error
from tfsctl.runtime._session_config import config_proto
from tfsctl.runtime.model import SessionOptions
from tfsctl.saved_model import SavedModelInfo, describe_meta_graph, find_meta_graph, read_saved_model_proto
from tfsctl.signature import Signature, TensorSpec
from tfsctl.tensorflow_log import loading_quietly, min_log_level, set_log_level


class PythonModel:
    """A `Model` whose session lives in TensorFlow's Python API."""

    def __init__(
        self, tensorflow: Any, session: Any, info: SavedModelInfo, input_checks: Mapping[str, InputCheck]
    ) -> None:
        self._tf = tensorflow
        self._session = session  # Closes itself with its last user.
        self._info = info
        self._input_checks = input_checks

    @property
    def info(self) -> SavedModelInfo:
        """What the SavedModel says of itself."""
        return self._info

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, np.ndarray[Any, Any]],
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """See `Model.run`."""
        session = self._session
        if session is None:
            raise UnavailableError(f"The model at {self._info.path} has been unloaded.")
        self.check_inputs(signature, inputs, output_names)
        check_aliases(signature, inputs, output_names)
        specs = {alias: signature.outputs[alias] for alias in (output_names or signature.outputs)}
        feeds = {_find(session.graph, spec): _to_value(inputs[alias], spec) for alias, spec in signature.inputs.items()}
        fetches = [_find(session.graph, spec) for spec in specs.values()]
        with tensorflow_errors(self._tf), _run_options(self._tf, timeout_seconds) as options:
            # The public `run` refuses shapes that differ from the signature's; TF Serving accepts them.
            values = session._call_tf_sessionrun(options, feeds, fetches, [], None)  # noqa: SLF001 (see above)
        return {alias: _to_array(value, spec) for (alias, spec), value in zip(specs.items(), values, strict=True)}

    def check_inputs(
        self, signature: Signature, inputs: Mapping[str, np.ndarray[Any, Any]], output_names: Sequence[str] = ()
    ) -> None:
        """See `InputChecker.check_inputs`."""
        check = self._input_checks.get(signature.name)
        if check is not None:
            check(inputs, output_names)

    def has_steady_cost(self, signature_name: str) -> bool:  # noqa: ARG002 (the protocol's)
        """See `Model.has_steady_cost`: here nothing is known."""
        return False

    def close(self) -> None:
        """See `Model.close`."""
        self._session = None


def load_python_model(path: Path, tags: Sequence[str], options: SessionOptions) -> PythonModel:
    """Load the SavedModel at `path`; see `tfsctl.runtime.load_model`."""
    meta_graph = find_meta_graph(path, read_saved_model_proto(path), tags)
    info = describe_meta_graph(path, meta_graph)
    input_checks = find_input_checks(meta_graph, info.signatures, info.ops)
    del meta_graph  # It may be large.
    config = config_proto(options)
    tf = import_tensorflow()
    v1 = tf.compat.v1
    with tensorflow_errors(tf), tf.Graph().as_default() as graph:
        session = v1.Session(graph=graph, config=v1.ConfigProto.FromString(config))
        v1.saved_model.load(session, list(info.tags), str(path))
    return PythonModel(tf, session, info, input_checks)


def import_tensorflow() -> Any:
    """The module `tensorflow`, without its chatter; the first call takes seconds.

    Raises FailedPreconditionError if it is not installed or does not load.
    """
    try:
        with loading_quietly():
            import tensorflow as tf
    except ImportError as error:
        raise FailedPreconditionError(
            f"TensorFlow cannot be imported: {error}", hint="Run: pip install --upgrade tensorflow"
        ) from error
    libraries = find_library()
    if libraries is not None:
        set_log_level(libraries[0])
    if min_log_level() > 1:
        tf.get_logger().setLevel(logging.ERROR)
    return tf


@contextmanager
def tensorflow_errors(tensorflow: Any) -> Iterator[None]:
    """Raise what TensorFlow raises as our errors, with its code and its message to the letter."""
    try:
        yield
    except tensorflow.errors.OpError as error:
        # Python's sessions raise a second error, with remarks for whoever builds the graph.
        original = error.__context__ if isinstance(error.__context__, tensorflow.errors.OpError) else error
        raise error_for(original.error_code, original.message) from error
    except MemoryError as error:
        raise ResourceExhaustedError("No memory for the model's tensors.") from error
    except (ValueError, TypeError, RuntimeError) as error:
        raise InvalidArgumentError(str(error)) from error
    except OSError as error:
        raise NotFoundError(str(error)) from error


@contextmanager
def _run_options(tensorflow: Any, timeout_seconds: float | None) -> Iterator[Any]:
    """The RunOptions for a deadline, as a session takes them; raises DeadlineExceededError if no time is left."""
    from tensorflow.python.client import pywrap_tf_session

    if timeout_seconds is None:
        yield None
        return
    milliseconds = timeout_in_ms(timeout_seconds)
    run_options = tensorflow.compat.v1.RunOptions(timeout_in_ms=milliseconds)
    buffer = pywrap_tf_session.TF_NewBufferFromString(run_options.SerializeToString())
    try:
        yield buffer
    finally:
        pywrap_tf_session.TF_DeleteBuffer(buffer)


def _find(graph: Any, spec: TensorSpec) -> Any:
    """The handle of a signature's tensor; raises InvalidArgumentError, as a run in C does, if the graph has none."""
    try:
        return graph.get_tensor_by_name(spec.tensor_name)._as_tf_output()  # noqa: SLF001 (a session's own currency)
    except (KeyError, ValueError) as error:
        raise unknown_tensor_error(spec.tensor_name) from error


def _to_value(array: np.ndarray[Any, Any], spec: TensorSpec) -> np.ndarray[Any, Any]:
    """What a session accepts: objects for strings, TensorFlow's own types for quantized numbers."""
    array = np.asarray(array)
    if array.dtype.kind in "OSU":
        texts = np.empty(array.size, object)
        texts[:] = [to_bytes(text) for text in array.ravel().tolist()]
        return texts.reshape(array.shape)
    numpy_type = to_numpy(spec.dtype)
    if is_stored_type(array.dtype, numpy_type):
        return array.astype(array.dtype).view(numpy_type)
    # A copy, which the session may keep, in native byte order. Raises for what is no type of TensorFlow's.
    return array.astype(to_numpy(from_numpy(array.dtype)))


def _to_array(value: Any, spec: TensorSpec) -> np.ndarray[Any, Any]:
    """A session gives scalars as plain values."""
    array: np.ndarray[Any, Any] = np.asarray(value, to_numpy(spec.dtype))
    array.flags.writeable = False
    return array
