"""The variables of a version: from the index of its checkpoint, with the names that its objects have."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tfsctl.errors import TfsctlError
from tfsctl.inspect.report import Variable, VariablesReport
from tfsctl.tensor_bundle import TensorBundle, read_tensor_bundle

_VALUE_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
# What checkpoints of TensorFlow 2 hold beside variables: the names of their objects.
_NO_VARIABLES = {"_CHECKPOINTABLE_OBJECT_GRAPH"}


def read_variables(directory: Path, object_graph: Any) -> VariablesReport:
    """Describe `directory`, the `variables` of a version; an empty report where there is none.

    What is wrong with the files does not raise: it is the report's problem.
    """
    files = sorted(file for file in directory.glob("variables.*") if file.is_file())
    num_bytes = sum(file.stat().st_size for file in files)
    shards = [file for file in files if file.name.startswith("variables.data-")]
    index = directory / "variables.index"
    if not index.exists():
        problem = "variables.index is missing" if shards else ""
        return VariablesReport(num_shards=len(shards), num_bytes=num_bytes, problem=problem)
    try:
        bundle = read_tensor_bundle(index)
    except (TfsctlError, OSError) as error:
        return VariablesReport(num_shards=len(shards), num_bytes=num_bytes, problem=f"variables.index: {error}")
    return VariablesReport(
        variables=_variables(bundle, object_graph),
        num_shards=bundle.num_shards,
        num_bytes=num_bytes,
        problem=_missing_data(directory, bundle),
    )


def _variables(bundle: TensorBundle, object_graph: Any) -> tuple[Variable, ...]:
    objects = {key: _find_variable(object_graph, key) for key in bundle.tensors if key not in _NO_VARIABLES}
    given = Counter(saved.name for saved in objects.values() if saved is not None)
    found = []
    for key, saved in objects.items():
        tensor = bundle.tensors[key]
        # Many a TF2 model has several variables called `Variable`.
        is_named = saved is not None and saved.name and given[saved.name] == 1
        found.append(
            Variable(
                key=key,
                name=saved.name if saved is not None and is_named else key.removesuffix(_VALUE_SUFFIX),
                dtype=tensor.dtype,
                shape=tensor.shape,
                num_bytes=tensor.num_bytes,
                is_trainable=bool(saved.trainable) if saved is not None else None,
            )
        )
    return tuple(sorted(found, key=lambda variable: variable.name))


def _find_variable(object_graph: Any, key: str) -> Any | None:
    """The SavedVariable whose value is saved under `key`, which is the path to it from the root; None if unknown."""
    if not key.endswith(_VALUE_SUFFIX) or object_graph is None or not object_graph.nodes:
        return None
    node = object_graph.nodes[0]
    for part in key.removesuffix(_VALUE_SUFFIX).split("/"):
        # How TensorFlow escapes: `/` is `.S`, and `.` is two.
        name = part.replace("..", "\0").replace(".S", "/").replace("\0", ".")
        child = next((child for child in node.children if child.local_name == name), None)
        if child is None:
            return None
        node = object_graph.nodes[child.node_id]
    return node.variable if node.WhichOneof("kind") == "variable" else None


def _missing_data(directory: Path, bundle: TensorBundle) -> str:
    for shard, end in sorted(bundle.ends.items()):
        file = directory / f"variables.data-{shard:05d}-of-{bundle.num_shards:05d}"
        if not file.exists():
            return f"{file.name} is missing"
        size = file.stat().st_size
        if size < end:
            return f"{file.name} is truncated: {size} of {end} bytes are there"
    return ""
