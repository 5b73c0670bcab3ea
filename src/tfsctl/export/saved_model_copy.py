"""SavedModels that exist already: checked and copied into the version layout. Without TensorFlow."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

from tfsctl.disk import disk_errors
from tfsctl.errors import DataLossError, InvalidArgumentError, NotFoundError
from tfsctl.export.version_dir import find_versions
from tfsctl.saved_model import SERVING_TAG, find_meta_graph, read_saved_model_proto
from tfsctl.versions import parse_version

_FILES = ("saved_model.pb", "saved_model.pbtxt")
_VARIABLE_OPS = {"VarHandleOp", "VariableV2", "Variable"}
_ASSETS_COLLECTION = "saved_model_assets"
_SHARD = re.compile(r"variables\.data-(\d{5})-of-(\d{5})")


def find_saved_model(source: Path) -> Path:
    """The SavedModel that `source` means: itself or, for a base path, its newest version.

    Raises NotFoundError if there is none.
    """
    if _is_saved_model(source):
        return source
    with disk_errors(source):
        versions = find_versions(source)
    for version in sorted(versions, reverse=True):
        for path in reversed(versions[version]):
            if _is_saved_model(path):
                return path
    raise NotFoundError(
        f"There is no SavedModel in {source}: neither a file saved_model.pb nor a version directory that has one.",
        hint="Name the directory that holds saved_model.pb, or a model's base path.",
    )


def saved_model_name(saved_model: Path) -> str:
    """The name that a SavedModel's place suggests: its directory's, or the base path's for a version directory."""
    path = saved_model.resolve()
    return path.parent.name if parse_version(path.name) is not None else path.name


def write_saved_model_copy(source: Path, path: Path) -> None:
    """Copy the SavedModel directory `source` into the directory `path`, after checking that it is whole.

    A link to a file within `source` is copied as that file. Permissions are those of new files.

    Raises:
        DataLossError: `saved_model.pb` cannot be parsed, or variables or assets that it speaks of are missing.
        NotFoundError: no meta graph with the tag `serve`, which servers load.
        InvalidArgumentError: a link to a directory or out of `source`; something that is neither file nor directory;
            or `path` lies within `source`.
    """
    meta_graph = find_meta_graph(source, read_saved_model_proto(source), (SERVING_TAG,))
    _check_variables(source, meta_graph)
    _check_assets(source, meta_graph)
    root = source.resolve()
    if root in path.resolve().parents:
        raise InvalidArgumentError(
            f"{path.parent} lies inside of the SavedModel {source}.", hint="Choose another directory with --output."
        )
    _check_links(root)
    _copy(root, path)


def _is_saved_model(path: Path) -> bool:
    return any((path / name).is_file() for name in _FILES)


def _check_variables(source: Path, meta_graph: Any) -> None:
    """A graph with variables needs their index and every shard."""
    directory = source / "variables"
    if not any(node.op in _VARIABLE_OPS for node in meta_graph.graph_def.node):
        return
    if not (directory / "variables.index").is_file():
        raise _missing(directory / "variables.index")
    names = [path.name for path in directory.iterdir()]
    shards = {match[0] for match in map(_SHARD.fullmatch, names) if match}
    count = max((int(name[-5:]) for name in shards), default=1)
    for number in range(count):
        name = f"variables.data-{number:05}-of-{count:05}"
        if name not in shards:
            raise _missing(directory / name)


def _check_assets(source: Path, meta_graph: Any) -> None:
    for name in _asset_names(meta_graph):
        path = source / "assets" / name
        if not path.is_file():
            raise _missing(path)


def _asset_names(meta_graph: Any) -> list[str]:
    """The files that the graph wants in `assets`; TF1 lists them in a collection."""
    listed = type(meta_graph)().asset_file_def
    listed.extend(meta_graph.asset_file_def)
    if _ASSETS_COLLECTION in meta_graph.collection_def:
        for wrapped in meta_graph.collection_def[_ASSETS_COLLECTION].any_list.value:
            wrapped.Unpack(listed.add())
    return [asset.filename for asset in listed]


def _missing(path: Path) -> DataLossError:
    return DataLossError(f"{path} is missing.", hint="The SavedModel was copied in part: copy or export it again.")


def _check_links(root: Path) -> None:
    """Refuse what would make the copy differ from what is seen in `root`, a resolved path."""
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            path = Path(directory, name)
            if path.is_symlink():
                _check_link(path, root)
            elif not (path.is_file() or path.is_dir()):
                raise InvalidArgumentError(f"{path} is neither a file nor a directory.")


def _check_link(path: Path, root: Path) -> None:
    target = path.resolve()
    if not target.exists():
        raise DataLossError(f"{path} is a broken link to {path.readlink()}.")
    if not target.is_file() or root not in target.parents:
        raise InvalidArgumentError(
            f"{path} is a link to {target}: a directory, or outside of the SavedModel.",
            hint="Copy the model with its links resolved (cp -rL), and export the copy.",
        )


def _copy(root: Path, path: Path) -> None:
    for directory, directories, files in os.walk(root):
        target = path / Path(directory).relative_to(root)
        for name in directories:
            (target / name).mkdir()
        for name in files:
            shutil.copyfile(Path(directory, name), target / name)
