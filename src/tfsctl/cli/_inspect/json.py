"""The report of `tfsctl inspect` for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfsctl.inspect import ExampleRequest, MetaGraphReport, SavedModelReport, VariablesReport
    from tfsctl.signature import Signature, TensorSpec


def report_as_json(
    report: SavedModelReport, *, signature_name: str | None = None, examples: Mapping[str, ExampleRequest]
) -> dict[str, Any]:
    """Everything in the report; of the signatures only the one that is named, if one is."""
    serving = report.serving
    shown = {
        "path": str(report.path),
        "size_bytes": report.num_bytes,
        "saved_model_size_bytes": report.model_file_bytes,
        "serving": {**asdict(serving), "base_path": str(serving.base_path), "is_servable": serving.is_servable},
        "meta_graphs": [_meta_graph(graph, signature_name) for graph in report.meta_graphs],
        "variables": _variables(report.variables),
        "assets": [{"path": file.path, "size_bytes": file.num_bytes} for file in report.assets],
        "warmup": report.warmup and {"path": report.warmup.path, "size_bytes": report.warmup.num_bytes},
    }
    if examples:
        shown["examples"] = {name: asdict(example) for name, example in examples.items()}
    return shown


def _meta_graph(graph: MetaGraphReport, signature_name: str | None) -> dict[str, Any]:
    return {
        "tags": list(graph.info.tags),
        "tensorflow_version": graph.info.tensorflow_version,
        "tensorflow_git_version": graph.git_version,
        "signatures": {
            name: _signature(signature, graph.defaults.get(name, {}))
            for name, signature in graph.info.signatures.items()
            if signature_name in {None, name}
        },
        "init_op": graph.init_op or None,
        "functions": [asdict(function) for function in graph.functions],
        "num_library_functions": graph.num_functions,
        "num_nodes": graph.num_nodes,
        "ops": {"graph": dict(graph.graph_ops), "functions": dict(graph.function_ops)},
    }


def _signature(signature: Signature, defaults: Mapping[str, str]) -> dict[str, Any]:
    return {
        "method_name": signature.method_name,
        "inputs": {alias: _tensor(spec, defaults.get(alias)) for alias, spec in signature.inputs.items()},
        "outputs": {alias: _tensor(spec, None) for alias, spec in signature.outputs.items()},
    }


def _tensor(spec: TensorSpec, default: str | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "tensor_name": spec.tensor_name,
        "dtype": spec.dtype.proto_name,
        "shape": None if spec.shape is None else list(spec.shape),
    }
    return shown if default is None else {**shown, "default": json.loads(default)}


def _variables(report: VariablesReport) -> dict[str, Any]:
    return {
        "count": len(report.variables),
        "num_parameters": report.num_parameters,
        "num_shards": report.num_shards,
        "size_bytes": report.num_bytes,
        "problem": report.problem or None,
        "variables": [
            {
                "name": variable.name,
                "key": variable.key,
                "dtype": variable.dtype.proto_name,
                "shape": list(variable.shape),
                "size_bytes": variable.num_bytes,
                "is_trainable": variable.is_trainable,
            }
            for variable in report.variables
        ],
    }
