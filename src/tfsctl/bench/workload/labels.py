"""Right answers: as files have them, and as numbers of classes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsctl.client.array_files import read_arrays, read_lines
from tfsctl.errors import InvalidArgumentError, UsageError
from tfsctl.mnist.idx import GZIP_MAGIC, LABELS_MAGIC, read_labels

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan

    AnyArray = np.ndarray[Any, Any]

LABEL_KEYS = ("labels", "label", "y", "y_test")
_IDX_LABELS = (LABELS_MAGIC.to_bytes(4, "big"), GZIP_MAGIC)
_FORMS = "Right answers come as .npy, .npz, .txt or .csv with one in each line, .json with a list, or IDX labels."


def find_labels(names: Sequence[str], inputs: Sequence[str], plan: InputsPlan, path: Path) -> str | None:
    """Which of the names in a file is that of the right answers, inputs left aside; None if none is.

    Raises UsageError where the plan names one that is not there.
    """
    if plan.label_key is None:
        return next((key for key in LABEL_KEYS if key in names and key not in inputs), None)
    if plan.label_key not in names:
        raise UsageError(
            f"{path} has nothing called {plan.label_key}; it has {', '.join(names) or 'nothing'}.",
            hint="Give another --label-key.",
        )
    return plan.label_key


def read_truth(path: Path, plan: InputsPlan) -> AnyArray:
    """The right answers in a file of their own, a row for each row of the inputs. Raises UsageError, DataLossError."""
    suffix = path.suffix.lower()
    if suffix in {".npy", ".npz"}:
        found = read_arrays(path)
        return _only(found, plan, path) if isinstance(found, Mapping) else found
    if suffix == ".json":
        return to_labels(read_json(path), path)
    if suffix in {".txt", ".csv"}:
        lines = [line.strip() for line in read_lines(path).tolist()]
        labels = to_labels(lines, path)
        rest = to_labels(lines[1:], path) if suffix == ".csv" and len(lines) > 1 else labels
        return rest if labels.dtype.kind == "U" and rest.dtype.kind != "U" else labels  # Without a heading.
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith(_IDX_LABELS):
            file.seek(0)
            return read_labels(file, str(path))
    raise UsageError(f"{path} has no right answers that can be read.", hint=_FORMS)


def to_labels(values: Any, path: Path) -> AnyArray:
    """A list as an array: whole numbers, numbers, or texts; UsageError for lists of uneven length."""
    try:
        if isinstance(values, list) and all(isinstance(value, str) for value in values):
            return _numbers(values)
        array = np.array(values)
    except ValueError as error:
        raise UsageError(f"The right answers in {path} are lists of uneven length.") from error
    if array.dtype.kind not in "biufU" or not array.ndim:
        raise UsageError(f"The right answers in {path} are no list of numbers or texts.")
    return array


def read_json(path: Path) -> Any:
    """The value of a JSON file; UsageError if it is none."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON: {error}.") from error


def _numbers(texts: list[str]) -> AnyArray:
    """Texts as numbers where all of them are."""
    for kind in (np.int64, np.float64):
        with suppress(ValueError, OverflowError):
            return np.array(texts, dtype=kind)
    return np.array(texts)


def _only(arrays: Mapping[str, AnyArray], plan: InputsPlan, path: Path) -> AnyArray:
    key = find_labels(list(arrays), (), plan, path)
    if key is None and len(arrays) == 1:
        key = next(iter(arrays))
    if key is None:
        raise UsageError(f"{path} has several arrays: {', '.join(arrays)}.", hint="Call the right answers `labels`.")
    return arrays[key]


def check_count(labels: AnyArray, num_rows: int, *, labels_path: Path, path: Path) -> None:
    """InvalidArgumentError where there is not one for each row."""
    if not labels.ndim or len(labels) != num_rows:
        count = len(labels) if labels.ndim else 1
        where = "" if labels_path == path else f" in {labels_path}"
        raise InvalidArgumentError(
            f"{path} has {num_rows:,} rows, but there are {count:,} right answers{where}.",
            hint="There has to be one for each row, in the same order.",
        )


def to_class_numbers(
    labels: AnyArray, names: Sequence[str], *, num_classes: int | None, path: Path
) -> tuple[list[int], tuple[str, ...]]:
    """The number of the right class of each row, and the names of all classes.

    Texts are looked up among `names`; where there are none, the texts themselves are the names: their numbers where
    they are whole numbers, else their order. Numbers are those of classes; a row of several is one-hot.

    Raises:
        UsageError: the names do not say which number a class has.
        InvalidArgumentError: a number beyond the model's classes.
    """
    if labels.dtype.kind in "OSU":
        numbers, found = _numbers_of_texts(labels, names, path)
    else:
        flat = labels.argmax(axis=1) if labels.ndim > 1 and labels.shape[1] > 1 else labels.reshape(-1)
        numbers = [int(number) for number in flat]
        found = names
    if found and num_classes not in {None, len(found)}:
        raise UsageError(
            f"There are {len(found)} classes ({_shown(found)}), but the model tells {num_classes} apart.",
            hint="Give the names of all classes in the order of the model: --labels FILE.",
        )
    highest = max(numbers)
    count = num_classes or len(found) or highest + 1
    if min(numbers) < 0 or highest >= count:
        wrong = highest if highest >= count else min(numbers)
        raise InvalidArgumentError(
            f"The right answers of {path} have the class {wrong}, but the model tells {count} classes apart, 0 to"
            f" {count - 1}.",
            hint="Name another output with --output, or compare numbers: --tolerance.",
        )
    return numbers, tuple(found) or tuple(map(str, range(count)))


def _numbers_of_texts(labels: AnyArray, names: Sequence[str], path: Path) -> tuple[list[int], Sequence[str]]:
    texts = [text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in labels.ravel()]
    if not names:
        names = sorted(set(texts))
        if all(name.isdecimal() for name in names):
            return [int(text) for text in texts], ()
    number_of = {name: number for number, name in enumerate(names)}
    unknown = next((text for text in texts if text not in number_of), None)
    if unknown is not None:
        raise UsageError(f"{path} has the class '{unknown}', which is none of {_shown(names)}.")
    return [number_of[text] for text in texts], names


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
