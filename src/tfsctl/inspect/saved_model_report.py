"""Puts the report on a SavedModel together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tfsctl.disk import disk_errors
from tfsctl.errors import TfsctlError
from tfsctl.inspect.functions import read_functions
from tfsctl.inspect.report import (
    AssetFile,
    MetaGraphReport,
    SavedModelReport,
    ServingReport,
    VariablesReport,
)
from tfsctl.inspect.variables import read_variables
from tfsctl.saved_model import (
    SERVING_TAG,
    describe_meta_graph,
    find_meta_graph,
    read_saved_model_proto,
)
from tfsctl.version_path import MODEL_FILES, VersionPath, find_version, versions_in

_WARMUP_FILE = Path("assets.extra/tf_serving_warmup_requests")
_INIT_OP_SIGNATURE = "__saved_model_init_op"
_INIT_OP_COLLECTIONS = ("saved_model_main_op", "legacy_init_op")


def inspect_saved_model(path: Path, *, tags: Sequence[str] | None = None) -> SavedModelReport:
    """Describe the version that `path` means (`tfsctl.version_path.find_version`).

    Args:
        path: A version directory, its saved_model.pb, or a base path, whose newest version is meant.
        tags: Only the meta graph with exactly these tags; None: all of them.

    Raises:
        NotFoundError: no version there, or no such meta graph.
        DataLossError: saved_model.pb is truncated or corrupt.
        UnimplementedError: a SessionBundle of TensorFlow before 1.0.
        PermissionDeniedError, FailedPreconditionError, UnavailableError: something cannot be read.
    """
    found = find_version(path)
    saved_model = read_saved_model_proto(found.path)
    graphs = sorted(saved_model.meta_graphs, key=_order)
    if tags is not None:
        graphs = [find_meta_graph(found.path, saved_model, tags)]
    with disk_errors(found.path):
        files = list(_files(found.path))
        object_graph = graphs[0].object_graph_def if graphs else None
        variables = read_variables(found.path / "variables", object_graph)
    sizes = {file.path: file for file in files}
    return SavedModelReport(
        path=found.path,
        num_bytes=sum(file.num_bytes for file in files),
        model_file_bytes=next((sizes[name].num_bytes for name in MODEL_FILES if name in sizes), 0),
        meta_graphs=tuple(_meta_graph(found.path, graph) for graph in graphs),
        variables=variables,
        assets=tuple(file for file in files if file.path.startswith("assets/")),
        warmup=sizes.get(_WARMUP_FILE.as_posix()),
        serving=_serving(found, saved_model, variables),
    )


def _order(meta_graph: Any) -> tuple[bool, list[str]]:
    tags = sorted(meta_graph.meta_info_def.tags)
    return tags != [SERVING_TAG], tags


def _files(directory: Path) -> Iterator[AssetFile]:
    for file in sorted(directory.rglob("*")):
        if file.is_file():
            yield AssetFile(file.relative_to(directory).as_posix(), file.stat().st_size)


def _meta_graph(path: Path, meta_graph: Any) -> MetaGraphReport:
    info = describe_meta_graph(path, meta_graph)
    library = meta_graph.graph_def.library.function
    own = {function.signature.name for function in library}
    return MetaGraphReport(
        info=info,
        git_version=meta_graph.meta_info_def.tensorflow_git_version,
        init_op=_init_op(meta_graph),
        graph_ops=_counted(meta_graph.graph_def.node, own),
        function_ops=_counted((node for function in library for node in function.node_def), own),
        num_functions=len(library),
        functions=read_functions(meta_graph.object_graph_def),
        defaults={
            name: {alias: _default_text(tensor) for alias, tensor in signature.defaults.items()}
            for name, signature in info.signatures.items()
            if signature.defaults
        },
    )


def _counted(nodes: Iterable[Any], own: set[str]) -> Mapping[str, int]:
    """How many nodes of each type, the most frequent first."""
    counts = Counter(node.op for node in nodes if node.op not in own)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _init_op(meta_graph: Any) -> str:
    if _INIT_OP_SIGNATURE in meta_graph.signature_def:
        outputs = meta_graph.signature_def[_INIT_OP_SIGNATURE].outputs
        return next((info.name for info in outputs.values()), "")
    for key in _INIT_OP_COLLECTIONS:
        if key in meta_graph.collection_def:
            return next(iter(meta_graph.collection_def[key].node_list.value), "")
    return ""


def _default_text(serialized: bytes) -> str:
    from tfsctl.codec.tensor_proto import decode_tensor
    from tfsctl.protos import TensorProto

    try:
        value = decode_tensor(TensorProto.FromString(serialized)).tolist()
    except TfsctlError as error:
        value = f"unreadable: {error}"
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _serving(found: VersionPath, saved_model: Any, variables: VariablesReport) -> ServingReport:
    base_path = found.path if found.version is None else found.path.parent
    obstacles = []
    if found.version is None:
        obstacles.append(
            f"the directory's name, {found.path.name!r}, is no number: servers take only numbers for versions"
        )
    if not any(_order(graph)[1] == [SERVING_TAG] for graph in saved_model.meta_graphs):
        obstacles.append(f"no meta graph has exactly the tag {SERVING_TAG!r}, which servers load unless told otherwise")
    if variables.problem:
        obstacles.append(variables.problem)
    newest = max(versions_in(base_path), default=None) if found.version is not None else None
    return ServingReport(
        name=found.model_name,
        base_path=base_path,
        version=found.version,
        is_newest=found.version == newest,
        obstacles=tuple(obstacles),
    )
