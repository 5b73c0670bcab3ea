"""Versions on disk: whole ones, half ones, broken ones."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from serving.model_directory import add_counting_version

_BETWEEN_FILES_SECONDS = 0.05


def copy_slowly(zoo: Path, base_path: Path, version: int) -> None:
    """As `cp -r` does it: the directory first, then the files, the one that makes it a SavedModel at the end."""
    made = base_path.with_name(f".{base_path.name}-whole")
    add_counting_version(zoo, made, version)
    source, target = made / str(version), base_path / str(version)
    pause = threading.Event()
    (target / "variables").mkdir(parents=True)
    for file in (*sorted((source / "variables").iterdir()), source / "saved_model.pb"):
        pause.wait(_BETWEEN_FILES_SECONDS)
        _copy_in_halves(file, target / file.relative_to(source))
    shutil.rmtree(made)


def _copy_in_halves(source: Path, target: Path) -> None:
    content = source.read_bytes()
    with target.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        threading.Event().wait(_BETWEEN_FILES_SECONDS / 2)
        file.write(content[len(content) // 2 :])


def make_corrupt(zoo: Path, version_dir: Path, kind: str) -> None:
    """A version that cannot be loaded, complete at once; `kind` is one of `CORRUPTIONS`."""
    made = version_dir.parent.with_name(f".{version_dir.parent.name}-made")
    if kind in _BROKEN_MODELS:
        shutil.copytree(zoo / kind / "1", made)
    elif kind == "file":
        made.write_text("not a directory")
    else:
        shutil.copytree(zoo / "half_plus_two_tf2" / "1", made)
        _SPOILERS[kind](made)
    made.rename(version_dir)


def _write_garbage(version_dir: Path) -> None:
    (version_dir / "saved_model.pb").write_bytes(b"\xff" * 1000)


def _empty(version_dir: Path) -> None:
    shutil.rmtree(version_dir)
    version_dir.mkdir()


def _spoil_warmup(version_dir: Path) -> None:
    (version_dir / "assets.extra").mkdir()
    (version_dir / "assets.extra/tf_serving_warmup_requests").write_bytes(b"not records")


_BROKEN_MODELS = ("truncated_saved_model", "truncated_variables", "missing_variables_index", "missing_op")
_SPOILERS: Mapping[str, Callable[[Path], object]] = {
    "no variables": lambda version_dir: shutil.rmtree(version_dir / "variables"),
    "garbage": _write_garbage,
    "empty": _empty,
    "warm-up": _spoil_warmup,
}
CORRUPTIONS = (*_BROKEN_MODELS, *_SPOILERS, "file")
