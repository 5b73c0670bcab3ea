"""Findings about a version whose graph could not be read, or not the one that was asked for."""

from __future__ import annotations

from pathlib import Path

from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import CheckOptions, parent_of, saved_model_file, serve_command
from tfsctl.saved_model import read_saved_model_proto


def unparsable(path: Path) -> Finding:
    """For a saved_model.pb that is no SavedModel, or not a whole one."""
    file = saved_model_file(path) or path
    size = file.stat().st_size
    what = (
        "is empty"
        if not size
        else "is a frozen graph"
        if is_frozen_graph(file)
        else f"({size:,} bytes) is cut off or damaged"
    )
    return found("saved-model-unparsable", f"{file.name} {what}.", path=file)


def tags_not_found(path: Path, options: CheckOptions) -> Finding:
    """For a SavedModel that has graphs, but none with the tags that the server asks for."""
    tag_sets = [sorted(meta_graph.meta_info_def.tags) for meta_graph in read_saved_model_proto(path).meta_graphs]
    there = "; ".join("{" + ", ".join(tags) + "}" for tags in tag_sets)
    wanted = "{" + ", ".join(sorted(options.tags)) + "}"
    flag = f"--saved-model-tags={','.join(tag_sets[0])}"
    return found(
        "tags-not-found",
        f"The server asks for a graph with the tags {wanted}; there are: {there}.",
        path=saved_model_file(path),
        commands=[serve_command(parent_of(path), "", flag)] if any(tag_sets) else (),
        correction="Export the model again with the tag serve, or tell the server:",
    )


def is_frozen_graph(file: Path) -> bool:
    """Whether a file holds a GraphDef, as TensorFlow 1 froze it, and no SavedModel."""
    from google.protobuf.message import DecodeError

    from tfsctl.protos import MetaGraphDef

    try:
        graph = type(MetaGraphDef().graph_def).FromString(file.read_bytes())
    except DecodeError:
        return False
    return bool(graph.node) and all(node.op and node.name for node in graph.node)
