"""Read what a SavedModel says of itself from `saved_model.pb`, without TensorFlow.

A version directory holds `saved_model.pb` (or `.pbtxt`), `variables/` and `assets/`. The file holds one or more meta
graphs, told apart by their tags; a server loads the one whose tags are exactly those it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfsctl.data_type import DataType
from tfsctl.errors import (
    DataLossError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    UnimplementedError,
)
from tfsctl.signature import Signature, TensorSpec

SERVING_TAG = "serve"
# The names under which SavedModels keep the operation that initialises tables and the like.
_INIT_OP_SIGNATURE = "__saved_model_init_op"
# TensorFlow 1 numbers references to variables from here on, in the order of the types of their values (types.proto).
_FIRST_REFERENCE_TYPE = 100


@dataclass(frozen=True, slots=True)
class SavedModelInfo:
    """One meta graph of a SavedModel.

    Attributes:
        path: The version directory.
        tags: The tags of the meta graph.
        signatures: What can be run, sorted by name, as are its inputs and outputs; the initialisation signature of TF2
            models is left out.
        signature_defs: The SignatureDef messages as they stand in the file, all of them, for metadata.
        ops: The types of operation used in the graph and in its function library, sorted.
        tensorflow_version: The TensorFlow that wrote it, empty if it does not say.
    """

    path: Path
    tags: tuple[str, ...]
    signatures: Mapping[str, Signature]
    signature_defs: Mapping[str, Any]
    ops: tuple[str, ...]
    tensorflow_version: str


def read_saved_model(path: str | Path, tags: Sequence[str] = (SERVING_TAG,)) -> SavedModelInfo:
    """Describe the meta graph of the SavedModel in directory `path` whose tags are exactly `tags`.

    Raises:
        NotFoundError: no SavedModel there, or no meta graph with these tags.
        DataLossError: the file is truncated or corrupt.
        UnimplementedError: a SessionBundle of TensorFlow before 1.0.
        PermissionDeniedError, UnavailableError: the file cannot be read.
    """
    path = Path(path)
    return describe_meta_graph(path, find_meta_graph(path, read_saved_model_proto(path), tags))


def read_saved_model_proto(path: Path) -> Any:
    """The SavedModel message in directory `path`; errors as `read_saved_model` (texts: tensorflow-serving.md §3.5)."""
    from google.protobuf import text_format
    from google.protobuf.message import DecodeError

    from tfsctl.protos import SavedModel

    binary, text = path / "saved_model.pb", path / "saved_model.pbtxt"
    try:
        if binary.exists():
            return SavedModel.FromString(binary.read_bytes())
        if text.exists():
            return text_format.Parse(text.read_text(), SavedModel())
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        broken = binary if binary.exists() else text
        kind = "binary" if broken is binary else "text"
        raise DataLossError(
            f"Can't parse {broken} as {kind} proto",
            hint="The file is truncated or corrupt: export or copy it again.",
        ) from error
    except PermissionError as error:
        raise PermissionDeniedError(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise UnavailableError(f"{path}: {error.strerror}") from error
    if (path / "export.meta").exists():
        raise UnimplementedError("Session Bundle is deprecated and removed.")
    raise NotFoundError(
        "Specified file path does not appear to contain a SavedModel bundle (should have a file called"
        f" `saved_model.pb`)\nSpecified file path: {path}"
    )


def find_meta_graph(path: Path, saved_model: Any, tags: Iterable[str]) -> Any:
    """The MetaGraphDef of `saved_model` whose tags are exactly `tags`; raises NotFoundError naming those there are."""
    wanted = set(tags)
    for meta_graph in saved_model.meta_graphs:
        if set(meta_graph.meta_info_def.tags) == wanted:
            return meta_graph
    there = "; ".join("{ " + ", ".join(sorted(m.meta_info_def.tags)) + " }" for m in saved_model.meta_graphs)
    raise NotFoundError(
        "Could not find meta graph def matching supplied tags: { " + " ".join(sorted(wanted)) + " }."
        " To inspect available tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`",
        hint=f"{path} has the tag sets: {there or 'none'}. Choose one with --saved-model-tags.",
    )


def describe_meta_graph(path: Path, meta_graph: Any) -> SavedModelInfo:
    """A MetaGraphDef as plain values."""
    graph = meta_graph.graph_def
    ops = {node.op for node in graph.node}
    for function in graph.library.function:
        ops.update(node.op for node in function.node_def)
    return SavedModelInfo(
        path=path,
        tags=tuple(meta_graph.meta_info_def.tags),
        signatures={
            name: to_signature(name, signature_def)
            for name, signature_def in sorted(meta_graph.signature_def.items())
            if name != _INIT_OP_SIGNATURE
        },
        signature_defs={name: _copy(signature_def) for name, signature_def in meta_graph.signature_def.items()},
        ops=tuple(sorted(ops)),
        tensorflow_version=meta_graph.meta_info_def.tensorflow_version,
    )


def to_signature(name: str, signature_def: Any) -> Signature:
    """A SignatureDef message as a plain value."""
    return Signature(
        name=name,
        inputs={alias: _tensor_spec(info) for alias, info in sorted(signature_def.inputs.items())},
        outputs={alias: _tensor_spec(info) for alias, info in sorted(signature_def.outputs.items())},
        method_name=signature_def.method_name,
        defaults={alias: tensor.SerializeToString() for alias, tensor in sorted(signature_def.defaults.items())},
    )


def _tensor_spec(info: Any) -> TensorSpec:
    shape = info.tensor_shape
    return TensorSpec(
        tensor_name=info.name,
        dtype=DataType.of(info.dtype % _FIRST_REFERENCE_TYPE),
        shape=None if shape.unknown_rank else tuple(dim.size for dim in shape.dim),
    )


def _copy(message: Any) -> Any:
    """A copy that does not keep the whole graph alive in memory."""
    return type(message).FromString(message.SerializeToString())
