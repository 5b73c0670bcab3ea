"""A tf.Example that a model can parse: its features are found in the graph, where the parsing operation names them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tfsctl.data_type import DataType

_TEXT = b"example"
# Where the keys of dense features begin among the inputs: after the serialized examples, their names, and more.
_NUM_INPUTS_BEFORE_KEYS = 2


def made_up_example(version_dir: Path, tags: Sequence[str]) -> bytes:
    """A serialized tf.Example with all dense features that the model parses; empty if it parses none.

    Sparse features are left out, as they may be. Raises as `read_saved_model_proto` and `find_meta_graph`.
    """
    from tfsctl.protos import Example
    from tfsctl.saved_model import find_meta_graph, read_saved_model_proto

    graph = find_meta_graph(version_dir, read_saved_model_proto(version_dir), tags).graph_def
    example = Example()
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for name, dtype, size in _dense_features(nodes):
            _fill(example.features.feature[name.decode("utf-8", "replace")], dtype, size)
    data: bytes = example.SerializeToString(deterministic=True)
    return data


def _dense_features(nodes: Iterable[Any]) -> Iterator[tuple[bytes, DataType, int]]:
    """Name, type and number of values of what the operations of one graph or function parse."""
    by_name = {node.name: node for node in nodes}
    for node in by_name.values():
        if node.op == "ParseExample":
            first = _NUM_INPUTS_BEFORE_KEYS + node.attr["Nsparse"].i
            keys = [
                key for name in node.input[first : first + node.attr["Ndense"].i] for key in _strings(by_name, name)
            ]
        elif node.op == "ParseExampleV2":
            keys = _strings(by_name, node.input[_NUM_INPUTS_BEFORE_KEYS + 1])
        else:
            continue
        for key, dtype, shape in zip(keys, node.attr["Tdense"].list.type, node.attr["dense_shapes"].list.shape):  # noqa: B905 (a key may be computed: those that are known suffice)
            yield key, DataType.of(dtype), math.prod(max(dimension.size, 1) for dimension in shape.dim)


def _strings(nodes: Mapping[str, Any], tensor_name: str) -> list[bytes]:
    """The values of a constant; none if it is computed. In functions a name is followed by those of its output."""
    node = nodes.get(tensor_name.partition(":")[0])
    if node is None or node.op != "Const":
        return []
    return list(node.attr["value"].tensor.string_val)


def _fill(feature: Any, dtype: DataType, size: int) -> None:
    if dtype is DataType.FLOAT:
        feature.float_list.value[:] = [0.5] * size
    elif dtype is DataType.INT64:
        feature.int64_list.value[:] = [0] * size
    else:
        feature.bytes_list.value[:] = [_TEXT] * size
