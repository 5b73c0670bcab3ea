"""Makes models with something wrong in them, from those of the zoo."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfsctl.protos import SavedModel

GOOD = "half_plus_two_tf2"


def put(zoo: Path, base_path: Path, *, model: str = GOOD, version: str = "1") -> Path:
    """A copy of a model as a version below `base_path`; returns the version's directory."""
    return Path(shutil.copytree(zoo / model / "1", base_path / version))


def edit(version: Path, change: Callable[[Any], None]) -> Path:
    """Change the first MetaGraphDef of a version."""
    file = version / "saved_model.pb"
    message = SavedModel.FromString(file.read_bytes())
    change(message.meta_graphs[0])
    file.write_bytes(message.SerializeToString())
    return version


def rename_op(new: str, *, old: str = "Mul") -> Callable[[Any], None]:
    """Make another operation of all nodes of type `old` in the functions."""

    def change(meta_graph: Any) -> None:
        for function in meta_graph.graph_def.library.function:
            for node in function.node_def:
                node.op = new if node.op == old else node.op

    return change


def read_an_unsaved_variable(meta_graph: Any) -> None:
    """Have the signature use a variable that is not restored, as Keras 3 does."""
    nodes = meta_graph.graph_def.node
    output = meta_graph.signature_def["serving_default"].outputs["y"].name.partition(":")[0]
    call = next(node for node in nodes if node.name == output)
    handle = next(node for node in nodes if node.op == "VarHandleOp")
    original = nodes.add()
    original.CopyFrom(handle)
    original.name, original.attr["shared_name"].s = "dense/kernel", b"dense/kernel"
    call.input[:] = [original.name if name == handle.name else name for name in call.input]


def write_config(path: Path, *models: str) -> Path:
    """A model config file with these blocks' contents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = "\n".join(f"  config {{ {model} }}" for model in models)
    path.write_text(f"model_config_list {{\n{blocks}\n}}\n")
    return path


def block(name: str, base_path: object, more: str = "", *, platform: str = 'model_platform: "tensorflow"') -> str:
    """The contents of a config block."""
    return f'name: "{name}" base_path: "{base_path}" {platform} {more}'
