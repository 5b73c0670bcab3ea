"""Save TF1 graphs as SavedModels with signatures of any method (tensorflow-serving.md §10.1, §10.4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfsctl.saved_model import SERVING_TAG
from tfsctl.train.tensorflow_import import import_tensorflow


def signature_def(inputs: Mapping[str, Any], outputs: Mapping[str, Any], method_name: str) -> Any:
    """A SignatureDef message over tensors of the current graph, by alias."""
    saved_model = import_tensorflow().compat.v1.saved_model
    return saved_model.build_signature_def(
        {alias: saved_model.build_tensor_info(tensor) for alias, tensor in inputs.items()},
        {alias: saved_model.build_tensor_info(tensor) for alias, tensor in outputs.items()},
        method_name,
    )


def save_graph(path: Path, signatures: Mapping[str, Any], *, main_op: Any = None) -> None:
    """Save the current graph, its variables at their initial values, into the empty or missing directory `path`.

    `main_op` runs when the model is loaded. Files in the graph's collection of asset paths are copied along.
    """
    v1 = import_tensorflow().compat.v1
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(path))
        builder.add_meta_graph_and_variables(
            session,
            [SERVING_TAG],
            signature_def_map=dict(signatures),
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
            main_op=main_op,
            strip_default_attrs=True,
        )
        builder.save()
