"""Findings for a directory in which nothing has a number for a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfsctl.check.directory import (
    has_numbers,
    is_checkpoint_directory,
    is_meant_as_version,
    keras_files_in,
    numbers_for,
    readable_children,
    saved_models_in,
)
from tfsctl.check.finding import Finding
from tfsctl.check.finding_maker import found
from tfsctl.check.subject import listed, parent_of, saved_model_file, serve_command, word
from tfsctl.check.version_given import misnamed


def check_no_versions(path: Path, name: str) -> Iterator[Finding]:
    """A finding, or several of a kind, by what is there instead; raises OSError."""
    if saved_model_file(path) is not None:
        yield misnamed(path, name)
    elif versions := saved_models_in(path):
        meant = [version for version in versions if is_meant_as_version(version.name)]
        if meant:
            yield _unnumbered(path, name, meant)
        else:  # Models, each without a number.
            yield from (misnamed(model, name if len(versions) == 1 else "") for model in versions)
    elif keras_files := keras_files_in(path):
        yield _keras(path, name, keras_files[0])
    elif is_checkpoint_directory(path):
        yield found("checkpoint-given", "It holds checkpoints of a training, and no SavedModel.", path=path)
    else:
        yield _nothing(path, name)


def _unnumbered(path: Path, name: str, versions: list[Path]) -> Finding:
    names = listed([version.name for version in versions])
    commands = [f"mv {word(version)} {word(path / str(number))}" for version, number in numbers_for(versions)]
    message = f"The names of its versions are no whole numbers: {names}."
    return found("version-name-not-number", message, path=path, commands=[*commands, serve_command(path, name)])


def _keras(path: Path, name: str, file: Path) -> Finding:
    model = name or path.absolute().name
    commands = [
        f"tfsctl export {word(file)} --name {word(model)} --output {word(parent_of(path))}",
        serve_command(parent_of(path) / model),
    ]
    message = f"{file.name} is a file of Keras; a server loads SavedModels."
    return found("model-file-given", message, path=file, commands=commands)


def _nothing(path: Path, name: str) -> Finding:
    children = readable_children(path)
    base_path = next(
        (place for child in children if child.is_dir() for place in (child, *_below(child)) if _is_base(place)), None
    )
    if base_path is not None:
        message = f"Nothing in it is named by a number; {base_path} is the base path of a model."
        return found("no-version-directory", message, path=path, commands=[serve_command(base_path, name)])
    there = listed([child.name for child in children])
    message = f"Nothing in it is named by a number; there are: {there}." if children else "It is empty."
    return found("no-version-directory", message, path=path)


def _below(path: Path) -> list[Path]:
    try:
        return [child for child in readable_children(path) if child.is_dir()]
    except OSError:
        return []


def _is_base(path: Path) -> bool:
    try:
        return has_numbers(path)
    except OSError:
        return False
