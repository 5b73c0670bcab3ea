"""The runtime that runs a TensorFlow Lite model, `model.tflite`, with LiteRT (extra `tflite`)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from tfsctl.codec.dtypes import from_numpy, to_numpy
from tfsctl.errors import (
    InternalError,
    InvalidArgumentError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnavailableError,
)
from tfsctl.runtime._litert_interpreter import Array, Graph, InterpreterPool, LitertInterpreter, interpreter_class
from tfsctl.runtime._litert_signatures import describe_tflite_model
from tfsctl.runtime._run_arguments import check_aliases, timeout_in_ms, to_bytes
from tfsctl.runtime.model import TfliteOptions
from tfsctl.saved_model import SavedModelInfo
from tfsctl.signature import Signature, TensorSpec
from tfsctl.tensorflow_log import loading_quietly


class LitertModel:
    """A `Model` run by LiteRT. A deadline counts until an interpreter is free; a run that has begun goes to its end."""

    def __init__(self, info: SavedModelInfo, graphs: Sequence[Graph], pool: InterpreterPool) -> None:
        self._info = info
        self._graphs = graphs
        self._pool: InterpreterPool | None = pool

    @property
    def info(self) -> SavedModelInfo:
        """What the model says of itself, as a SavedModel would: without tags, operations and TensorFlow's version."""
        return self._info

    def run(
        self,
        signature: Signature,
        inputs: Mapping[str, Array],
        *,
        output_names: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> dict[str, Array]:
        """See `Model.run`."""
        pool = self._pool
        if pool is None:
            raise UnavailableError(f"The model at {self._info.path} has been unloaded.")
        check_aliases(signature, inputs, output_names)
        specs = {alias: signature.outputs[alias] for alias in (output_names or signature.outputs)}
        graph = self._find_graph(signature, specs)
        arrays = {
            spec.tensor_name: _to_array(inputs[alias], spec, number)
            for number, (alias, spec) in enumerate(signature.inputs.items())
        }
        if timeout_seconds is not None:
            timeout_in_ms(timeout_seconds)  # Raises where no time is left.
        tensor_names = [spec.tensor_name for spec in specs.values()]
        try:
            with pool.lend(timeout_seconds) as interpreter:
                values = interpreter.run(graph, arrays, tensor_names)
        except (ValueError, RuntimeError) as error:
            raise InvalidArgumentError(
                f"LiteRT cannot run signature {signature.name} on these inputs: {error}"
            ) from error
        except MemoryError as error:
            raise ResourceExhaustedError("No memory for the model's tensors.") from error
        return {
            alias: np.asarray(value, to_numpy(spec.dtype))
            for (alias, spec), value in zip(specs.items(), values, strict=True)
        }

    def has_steady_cost(self, signature_name: str) -> bool:  # noqa: ARG002 (the protocol's)
        """See `Model.has_steady_cost`: a run may wait for an interpreter."""
        return False

    def close(self) -> None:
        """See `Model.close`."""
        self._pool = None

    def _find_graph(self, signature: Signature, outputs: Mapping[str, TensorSpec]) -> Graph:
        """The graph that has all these tensors. All its inputs must be given: it would take those of a former run."""
        given = {spec.tensor_name for spec in signature.inputs.values()}
        wanted = {spec.tensor_name for spec in outputs.values()}
        for graph in self._graphs:
            if graph.inputs.keys() == given and wanted <= graph.outputs.keys():
                return graph
        missing = sorted(self._graphs[0].inputs.keys() - given)
        if missing:
            raise InvalidArgumentError(f"Missing input TFLite tensor: {missing[0]}")
        raise InvalidArgumentError(f"No graph of the TFLite model has all tensors of signature {signature.name}.")


def load_litert_model(path: Path, options: TfliteOptions) -> LitertModel:
    """Load the model in file `path`; see `tfsctl.runtime.load_model`.

    Raises:
        FailedPreconditionError: LiteRT is not installed.
        InvalidArgumentError: the file is no TensorFlow Lite model.
        InternalError: it has operations that LiteRT does not, such as TensorFlow's own.
        PermissionDeniedError, UnavailableError: the file cannot be read.
    """
    interpreter_class()
    content = _read(path)
    # LiteRT tells of the first interpreter on stderr.
    with loading_quietly():
        first = _first_interpreter(content)
    info, graphs = describe_tflite_model(path, first.litert, content)
    size = (options.num_pools or os.cpu_count() or 1) * max(1, options.num_interpreters_per_pool)
    return LitertModel(info, graphs, InterpreterPool(first, partial(LitertInterpreter, content), size=size))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError as error:
        raise PermissionDeniedError(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise UnavailableError(f"{path}: {error.strerror}") from error


def _first_interpreter(content: bytes) -> LitertInterpreter:
    try:
        return LitertInterpreter(content)
    except ValueError as error:
        raise InvalidArgumentError(f"Cannot build FlatBufferModel from buffer. {error}") from error
    except RuntimeError as error:
        raise InternalError(f"Cannot build Interpreter from buffer. {error}") from error


def _to_array(array: Array, spec: TensorSpec, number: int) -> Array:
    """What an interpreter accepts: native byte order, in one piece, bytes for strings."""
    array = np.asarray(array)
    if from_numpy(array.dtype) is not spec.dtype:
        given = from_numpy(array.dtype).tf_name
        raise InvalidArgumentError(f"Expects arg[{number}] to be {spec.dtype.tf_name} but {given} is provided")
    if array.dtype.kind in "OSU":
        texts = np.empty(array.size, object)
        texts[:] = [to_bytes(text) for text in array.ravel().tolist()]
        return texts.reshape(array.shape)
    return np.asarray(array, to_numpy(spec.dtype), order="C")
