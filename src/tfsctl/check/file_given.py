"""Findings for a path that is a file, where a server wants a directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfsctl.check.directory import KERAS_SUFFIXES
from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import SAVED_MODEL_FILES, parent_of, serve_command, word
from tfsctl.check.unread_version import is_frozen_graph
from tfsctl.check.version_given import misnamed
from tfsctl.versions import parse_version

_MODELS = Path("models")
_OTHER_FRAMEWORKS = {
    ".onnx": "a model of ONNX",
    ".pt": "a model of PyTorch",
    ".pth": "a model of PyTorch",
    ".safetensors": "weights without a graph",
    ".pkl": "a pickle of Python",
    ".joblib": "a pickle of Python",
    ".mlmodel": "a model of Core ML",
}
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz")


def check_file(path: Path, name: str) -> Iterator[Finding]:
    """One finding, by what sort of file it is; raises OSError."""
    model = name or path.name.split(".", maxsplit=1)[0]
    suffix = path.suffix.lower()
    if path.name in SAVED_MODEL_FILES:
        yield _saved_model_file(path, name)
    elif suffix in KERAS_SUFFIXES:
        commands = [f"tfsctl export {word(path)} --name {word(model)}", serve_command(_MODELS / model)]
        yield found("model-file-given", f"{path.name} is a file of Keras.", path=path, commands=commands)
    elif suffix == ".tflite":
        yield _copied(path, model, "model.tflite", "is a model of TensorFlow Lite.", "--prefer-tflite-model")
    elif suffix == ".pb":
        yield _pb(path, model)
    elif _is_checkpoint(path):
        yield found("checkpoint-given", f"{path.name} is part of a checkpoint.", path=path)
    elif suffix in _ARCHIVES:
        text = f"Unpack it so that saved_model.pb comes to lie in {_MODELS / model / '1'}."
        yield found("model-file-given", f"{path.name} is an archive.", path=path, correction=text)
    else:
        what = _OTHER_FRAMEWORKS.get(suffix, "a file")
        yield found("model-file-given", f"{path.name} is {what}; a server is given a directory.", path=path)


def _saved_model_file(path: Path, name: str) -> Finding:
    version_directory = parent_of(path)
    if parse_version(version_directory.absolute().name) is None:
        finding = misnamed(version_directory, name)
        commands = finding.commands
    else:
        commands = (serve_command(parent_of(version_directory), name),)
    message = "It is the graph of one version; a server is given the base path."
    return found("saved-model-file-given", message, path=path, commands=commands)


def _pb(path: Path, model: str) -> Finding:
    from google.protobuf.message import DecodeError

    from tfsctl.protos import SavedModel

    if is_frozen_graph(path):
        text = "Make a SavedModel of it: tf.compat.v1.import_graph_def, then tf.compat.v1.saved_model.simple_save."
        return found("model-file-given", f"{path.name} is a frozen graph.", path=path, correction=text)
    try:
        is_saved_model = bool(SavedModel.FromString(path.read_bytes()).meta_graphs)
    except DecodeError:
        is_saved_model = False
    if is_saved_model:
        return _copied(path, model, "saved_model.pb", "is a saved_model.pb under another name.")
    return found("model-file-given", f"{path.name} is no SavedModel.", path=path)


def _copied(path: Path, model: str, file_name: str, what: str, *options: str) -> Finding:
    """For a file that only has to stand in the right place under the right name."""
    directory = _MODELS / model / "1"
    variables = parent_of(path) / "variables"
    commands = [f"mkdir -p {word(directory)}", f"cp {word(path)} {word(directory / file_name)}"]
    if file_name == "saved_model.pb" and variables.is_dir():
        commands.append(f"cp -r {word(variables)} {word(directory)}")
    commands.append(serve_command(_MODELS / model, "", *options))
    return found("model-file-given", f"{path.name} {what}", path=path, commands=commands)


def _is_checkpoint(path: Path) -> bool:
    names = (".index", ".meta", ".ckpt")
    return path.name == "checkpoint" or path.suffix in names or ".data-0" in path.name
