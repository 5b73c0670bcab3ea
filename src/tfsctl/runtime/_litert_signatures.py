"""What a TensorFlow Lite model can run: its signatures as a SavedModel's, and the graphs behind them.

They come from the first of these that the model has:
1. SignatureDefs in its metadata, as TF Serving reads them;
2. the signatures that TensorFlow's converter writes since 2.5, which TF Serving does not know;
3. the names of its tensors: `serving_default`, as TF Serving makes one up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import from_numpy
from tfsctl.errors import AlreadyExistsError, InternalError, InvalidArgumentError
from tfsctl.protos import SignatureDef
from tfsctl.runtime._litert_interpreter import Graph
from tfsctl.saved_model import SavedModelInfo, to_signature
from tfsctl.signature import PREDICT_METHOD_NAME

_DEFAULT_SIGNATURE = "serving_default"
_METADATA_NAME = "signature_defs_metadata"

# LiteRT's description of a tensor: name, index, shape, shape_signature, dtype and more.
_Tensor = Mapping[str, Any]


def describe_tflite_model(path: Path, litert: Any, content: bytes) -> tuple[SavedModelInfo, tuple[Graph, ...]]:
    """The model in file `path`, which is `content` and which interpreter `litert` has loaded.

    Raises what TF Serving says of signatures that do not fit: InvalidArgumentError, InternalError, AlreadyExistsError.
    """
    inputs = _by_name("Input", litert.get_input_details())
    outputs = _by_name("Output", litert.get_output_details())
    graphs = [Graph(None, _indices(inputs), _indices(outputs))]
    signature_defs = _from_metadata(content, inputs, outputs)
    if not signature_defs:
        signature_defs, runner_graphs = _from_signatures(litert, inputs, outputs)
        # LiteRT runs the first graph by itself only as long as no runner was made.
        graphs = runner_graphs or graphs
    if not signature_defs:
        signature_defs = {_DEFAULT_SIGNATURE: _signature_def(_aliases(inputs), _aliases(outputs))}
    info = SavedModelInfo(
        path=path.parent,
        tags=(),
        signatures={name: to_signature(name, signature_defs[name]) for name in sorted(signature_defs)},
        signature_defs=signature_defs,
        ops=(),
        tensorflow_version="",
    )
    return info, tuple(graphs)


def _by_name(kind: str, tensors: Iterable[_Tensor]) -> dict[str, _Tensor]:
    found: dict[str, _Tensor] = {}
    for tensor in tensors:
        name = tensor["name"]
        if not name:
            raise InternalError(f"{kind} name missing for tensor index: {tensor['index']}")
        if name in found:
            raise AlreadyExistsError(f"{kind} tensor name: {name} has multiple indices")
        found[name] = tensor
    return found


def _indices(tensors: Mapping[str, _Tensor]) -> dict[str, int]:
    return {name: tensor["index"] for name, tensor in tensors.items()}


def _from_metadata(content: bytes, inputs: Mapping[str, _Tensor], outputs: Mapping[str, _Tensor]) -> dict[str, Any]:
    if _METADATA_NAME.encode() not in content:
        return {}
    try:
        found = {name: SignatureDef.FromString(serialized) for name, serialized in _serialized_signature_defs(content)}
    except Exception as error:  # Whatever a reader of flatbuffers says of nonsense.
        raise InvalidArgumentError(f"Invalid SignatureDefs found in TfLite model: {error}") from error
    for signature_def in found.values():
        for kind, infos, tensors in (
            ("input", signature_def.inputs, inputs),
            ("output", signature_def.outputs, outputs),
        ):
            for alias in infos:
                infos[alias].name = _existing_name(infos[alias].name, tensors, kind=kind, alias=alias)
    return found


def _serialized_signature_defs(content: bytes) -> list[tuple[str, bytes]]:
    """A FlexBuffer with a map of names to serialized messages, in one of the model's buffers."""
    from ai_edge_litert.schema_py_generated import Model
    from flatbuffers import flexbuffers

    model = Model.GetRootAs(content, 0)
    for metadata in (model.Metadata(number) for number in range(model.MetadataLength())):
        if metadata.Name() == _METADATA_NAME.encode():
            buffer = bytes(model.Buffers(metadata.Buffer()).DataAsNumpy())
            entries = flexbuffers.GetRoot(buffer).AsMap
            values = entries.Values
            return [(key.AsKey, bytes(values[number].AsStringBytes)) for number, key in enumerate(entries.Keys)]
    return []


def _existing_name(name: str, tensors: Mapping[str, _Tensor], *, kind: str, alias: str) -> str:
    """The tensor's own name; the first converters left out the `:0` that SignatureDefs have."""
    for candidate in (name, name.partition(":")[0]):
        if candidate in tensors:
            return candidate
    raise InternalError(f"Unknown tensor '{name}'.\n\tSignature {kind} {alias} references an unknown tensor")


def _from_signatures(
    litert: Any, inputs: Mapping[str, _Tensor], outputs: Mapping[str, _Tensor]
) -> tuple[dict[str, Any], list[Graph]]:
    """And the graphs for their runners; none where all are about the first graph."""
    runners = [(name, litert.get_signature_runner(name)) for name in litert.get_signature_list()]
    found = [(name, runner.get_input_details(), runner.get_output_details()) for name, runner in runners]
    signature_defs = {name: _signature_def(its_inputs, its_outputs) for name, its_inputs, its_outputs in found}
    if all(_are_among(its_inputs, inputs) and _are_among(its_outputs, outputs) for _, its_inputs, its_outputs in found):
        return signature_defs, []
    return signature_defs, [Graph(name, _runner_names(ins), _runner_names(outs)) for name, ins, outs in found]


def _are_among(tensors: Mapping[str, _Tensor], known: Mapping[str, _Tensor]) -> bool:
    return all(t["name"] in known and known[t["name"]]["index"] == t["index"] for t in tensors.values())


def _runner_names(tensors: Mapping[str, _Tensor]) -> dict[str, str]:
    return {tensor["name"]: alias for alias, tensor in tensors.items()}


def _aliases(tensors: Mapping[str, _Tensor]) -> dict[str, _Tensor]:
    """Tensors by their names without the number; with it where two would be the same."""
    counts = Counter(name.partition(":")[0] for name in tensors)
    return {short if counts[short := name.partition(":")[0]] == 1 else name: t for name, t in tensors.items()}


def _signature_def(inputs: Mapping[str, _Tensor], outputs: Mapping[str, _Tensor]) -> Any:
    signature_def = SignatureDef(method_name=PREDICT_METHOD_NAME)
    for infos, tensors in ((signature_def.inputs, inputs), (signature_def.outputs, outputs)):
        for alias, tensor in tensors.items():
            info = infos[alias]
            info.name = tensor["name"]
            info.dtype = int(from_numpy(np.dtype(tensor["dtype"])))
            info.tensor_shape.SetInParent()
            # -1 where any size is taken. A model without such dimensions has only the other shape.
            shape = tensor["shape_signature"] if len(tensor["shape_signature"]) else tensor["shape"]
            for size in shape:
                info.tensor_shape.dim.add(size=int(size))
    return signature_def
