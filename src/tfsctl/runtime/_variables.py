"""Whether the variables of a SavedModel are there: TensorFlow takes their absence for a model that has none.

It loads such a model, and then every request fails. A copy that is under way looks like that, so it is refused here,
but for what TF Serving is known to serve: a TF1 model without its whole directory (tensorflow-serving.md §14).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tfsctl.errors import NotFoundError
from tfsctl.saved_model import find_meta_graph, read_saved_model_proto

_VARIABLE_OPS = frozenset({"VarHandleOp", "Variable", "VariableV2"})


def check_variables(path: Path, tags: Sequence[str]) -> None:
    """Raise NotFoundError if the SavedModel in `path` was saved with variables and their index is missing.

    Not for a model of TF1 without the directory `variables`.

    Raises what `tfsctl.saved_model.read_saved_model` raises, too, where it has to look into the graph.
    """
    index = path / "variables" / "variables.index"
    if index.exists():
        return
    if next(index.parent.glob("variables.data-*"), None) is not None or _has_variables(path, tags):
        raise NotFoundError(
            f"{index}; No such file or directory", hint="The model is not complete: is it still being copied?"
        )


def _has_variables(path: Path, tags: Sequence[str]) -> bool:
    """Whether they are restored from files. Those that the graph itself initializes need none."""
    meta_graph = find_meta_graph(path, read_saved_model_proto(path), tags)
    is_of_tf1 = not meta_graph.HasField("object_graph_def")
    if is_of_tf1 and not (path / "variables").exists():
        return False
    return bool(meta_graph.saver_def.restore_op_name) and any(
        node.op in _VARIABLE_OPS for node in meta_graph.graph_def.node
    )
