"""Inputs that are pictures: folders of them, and the IDX files of MNIST and its like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsctl.bench.workload.array_rows import only_input
from tfsctl.bench.workload.loaded_rows import LoadedRows
from tfsctl.bench.workload.made_up_shapes import MAX_INPUT_BYTES
from tfsctl.client.input_check import show_shape
from tfsctl.client.pictures import PICTURE_SUFFIXES, example_shape, read_picture
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.mnist.dataset import TEST_IMAGES
from tfsctl.mnist.idx import GZIP_MAGIC, IMAGES_MAGIC, read_images, read_labels

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.client.pictures import PictureOptions
    from tfsctl.signature import Signature

_LABELS_NAME = ("images-idx3", "labels-idx1")
_TEST_IMAGES = (TEST_IMAGES, TEST_IMAGES.removesuffix(".gz"))
_LAYOUT = "Put pictures (.png, .jpg) into it, or into a folder for each class: DIR/cat/1.png."

Labelled = tuple[Path, str | None]


def load_pictures(path: Path, signature: Signature, plan: InputsPlan, *, max_rows: int | None) -> LoadedRows:
    """A picture, or those of a folder; those of the folders in it, whose names are the classes.

    Of the classes, in the order of their names, one picture after the other is taken from each, so that the first ones
    are of all classes. No more than `max_rows`, and 512 MiB, are read. `normalize` is left for when they are sent.

    Raises:
        UsageError: there are none, one cannot be read, or an option does not go with the input.
        InvalidArgumentError: one does not fit the signature, or not to the others.
    """
    alias = only_input(path, signature)
    spec = signature.inputs[alias]
    names, files = ((), [(path, None)]) if path.is_file() else _listed(path)
    options = replace(plan.pictures, normalize=False, invert=False)
    if spec.dtype is DataType.STRING:
        options = plan.pictures
    if names and plan.truth_path is not None:
        raise UsageError(f"The folders of {path} are the right answers.", hint="Leave out --truth.")
    rows: list[np.ndarray[Any, Any]] = []
    num_bytes = 0
    for file, _ in files[:max_rows]:
        row = _row(read_picture(file, spec, options), rows, file, options)
        num_bytes += len(row.item()) if row.dtype == object else row.nbytes
        if rows and num_bytes > MAX_INPUT_BYTES:
            break
        rows.append(row)
    of_rows = [name for _, name in files[: len(rows)] if name is not None]
    is_numbered = all(name.isdecimal() for name in names)
    return LoadedRows(
        path=path,
        columns={alias: np.stack(rows)},
        labels=np.array(of_rows) if names else None,
        class_names=() if is_numbered else tuple(names),  # Else each name is its own number.
        noun="pictures",
        one_by_one=spec.shape is not None and example_shape(spec) == spec.shape,
    )


def load_idx(path: Path, signature: Signature, *, max_rows: int | None) -> LoadedRows:
    """The images of an IDX file, gzipped or not, and the labels in the file beside it that is called as MNIST's is.

    Raises UsageError or DataLossError for what is no such file.
    """
    alias = only_input(path, signature)
    with path.open("rb") as file:
        images = read_images(file, str(path), max_images=max_rows)
    labels = None
    beside = _labels_beside(path)
    if beside is not None:
        with beside.open("rb") as file:
            labels = read_labels(file, str(beside))
        labels = labels[: len(images)] if max_rows is not None else labels
    return LoadedRows(path=path, columns={alias: images}, labels=labels, noun="images")


def find_idx(path: Path) -> Path | None:
    """The IDX file of images that is meant: the file itself, or MNIST's test images in a directory; None if none is."""
    if path.is_dir():
        return next((path / name for name in _TEST_IMAGES if (path / name).is_file()), None)
    with path.open("rb") as file:
        head = file.read(4)
    is_gzipped = head.startswith(GZIP_MAGIC) and "-idx" in path.name
    return path if is_gzipped or head == IMAGES_MAGIC.to_bytes(4, "big") else None


def _labels_beside(path: Path) -> Path | None:
    name = path.name.replace(*_LABELS_NAME)
    plain = name.removesuffix(".gz")
    names = [n for n in (name, plain, f"{plain}.gz") if n != path.name]
    return next((path.with_name(n) for n in names if path.with_name(n).is_file()), None)


def _listed(path: Path) -> tuple[Sequence[str], list[Labelled]]:
    """The classes, and the pictures with the name of their class."""
    children = sorted(child for child in path.iterdir() if not child.name.startswith("."))
    flat: list[Labelled] = [(child, None) for child in children if _is_picture(child)]
    folders = [child for child in children if child.is_dir()]
    of_classes = [[child for child in sorted(folder.iterdir()) if _is_picture(child)] for folder in folders]
    if flat and any(of_classes):
        raise UsageError(f"{path} has pictures both in itself and in folders.", hint=_LAYOUT)
    if not flat and not any(of_classes):
        raise UsageError(f"{path} has no pictures.", hint=_LAYOUT)
    if flat:
        return (), flat
    return [folder.name for folder in folders], list(_in_turn(of_classes))


def _in_turn(of_classes: Sequence[Sequence[Path]]) -> Iterator[Labelled]:
    for files in zip_longest(*of_classes):
        yield from ((file, file.parent.name) for file in files if file is not None)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()


def _row(
    picture: np.ndarray[Any, Any], rows: Sequence[np.ndarray[Any, Any]], file: Path, options: PictureOptions
) -> np.ndarray[Any, Any]:
    if rows and picture.shape != rows[0].shape:
        first, own = show_shape(rows[0].shape), show_shape(picture.shape)
        hint = "--size HEIGHTxWIDTH gives them all the same size." if options.size is None else None
        raise InvalidArgumentError(f"{file} is {own}, and the pictures before it are {first}.", hint=hint)
    return picture
