"""Checks the files of a version: whether they are all there, can be read, and fit into memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import VersionSubject, parent_of, saved_model_file, serve_command, word

_KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
# What TF Serving reckons with (tensorflow-serving.md §3.5).
_MEMORY_FACTOR = 1.2


def num_bytes(directory: Path) -> int:
    """The size of all files below a directory."""
    return sum(file.stat().st_size for file in _walk(directory) if file.is_file())


def check_readable(directory: Path) -> Iterator[Finding]:
    """A finding for the first thing below `directory` that this user cannot read."""
    for path in (directory, *_walk(directory)):
        need = os.R_OK | os.X_OK if path.is_dir() else os.R_OK
        if path.exists() and not os.access(path, need, effective_ids=os.access in os.supports_effective_ids):
            yield found(
                "unreadable",
                f"{path} cannot be read by this user.",
                path=path,
                commands=[f"chmod -R a+rX {word(directory)}"],
            )
            return


def check_no_saved_model(path: Path) -> Finding:
    """The finding for a version directory without a SavedModel right in it."""
    names = sorted(child.name for child in path.iterdir())
    nested = next((child for child in sorted(path.iterdir()) if child.is_dir() and saved_model_file(child)), None)
    base_path = parent_of(path)
    if nested is not None:
        inside = path.name + "-inside"
        commands = [
            f"mv {word(path)} {word(base_path / inside)}",
            f"mv {word(base_path / inside / nested.name)} {word(path)}",
            serve_command(base_path),
        ]
        return found(
            "saved-model-missing",
            f"saved_model.pb lies one directory too deep, in {nested}.",
            path=path,
            commands=commands,
        )
    keras_file = next((path / name for name in names if name.endswith(_KERAS_SUFFIXES)), None)
    if keras_file is not None:
        model = base_path.absolute().name
        export = f"tfsctl export {word(keras_file)} --name {word(model)} --output {word(parent_of(base_path))}"
        message = f"{keras_file.name} is a file of Keras, not a SavedModel."
        return found("saved-model-missing", message, path=path, commands=[export, serve_command(base_path)])
    if "model.tflite" in names:
        message = "It has a model.tflite only, which a server loads with a flag."
        commands = [serve_command(base_path, "", "--prefer-tflite-model")]
        return found("saved-model-missing", message, path=path, commands=commands)
    message = f"It has no saved_model.pb, only: {', '.join(names[:6])}." if names else "It is empty."
    return found("saved-model-missing", message, path=path)


def check_assets(subject: VersionSubject) -> Iterator[Finding]:
    """A finding for each asset that the graph reads and that is not there."""
    for asset in subject.meta_graph.asset_file_def:
        file = subject.path / "assets" / asset.filename
        if not file.exists():
            yield found("asset-missing", f"The graph reads assets/{asset.filename}, which is not there.", path=file)


def check_size(path: Path) -> Iterator[Finding]:
    """A finding for a version that needs more memory than is free."""
    size, free = num_bytes(path) * _MEMORY_FACTOR, num_free_memory_bytes()
    if free is not None and size > free:
        message = f"Loading it takes about {size / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free here."
        yield found("large-model", message, path=path)


def num_free_memory_bytes() -> int | None:
    """Memory that a new process could have; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _walk(directory: Path) -> Iterator[Path]:
    for folder, directories, files in os.walk(directory):
        for name in (*directories, *files):
            yield Path(folder, name)
