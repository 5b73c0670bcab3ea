"""Write an answer to a file, complete or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.cli._predict.classes import ClassScore
from tfsctl.disk import replacing
from tfsctl.errors import InternalError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.signature import Signature


def write_answer(path: Path, answer: Mapping[str, Any]) -> None:
    """The whole answer as a JSON file."""
    with replacing(path) as temporary:
        text = json.dumps(answer, ensure_ascii=False) + "\n"
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape")


def write_arrays(path: Path, answer: Mapping[str, Any], signature: Signature, *, aliases: Sequence[str] = ()) -> None:
    """The outputs as a .npy, .npz or .csv file, typed by the signature; only those of `aliases`, if there are any.

    Raises UsageError for several outputs in a .npy file, and for more than two dimensions in a .csv file.
    """
    import numpy as np

    outputs = {alias: _storable(array, alias, path) for alias, array in _typed(answer, signature, aliases).items()}
    suffix = path.suffix.lower()
    if suffix == ".npy" and len(outputs) != 1:
        raise UsageError(
            f"{path.name} holds one array, and there are several: {', '.join(outputs)}.",
            hint="Write a .npz, or choose one with --output-filter.",
        )
    table = list(_table(outputs)) if suffix == ".csv" else []
    with replacing(path) as temporary:
        if suffix == ".csv":
            _write_csv(temporary, table)
        elif suffix == ".npy":
            np.save(temporary, next(iter(outputs.values())), allow_pickle=False)
        else:
            np.savez(temporary, **outputs)  # type: ignore[arg-type]  # numpy's stub takes them for allow_pickle


def write_classes(path: Path, rows: Sequence[Sequence[ClassScore]]) -> None:
    """The best classes as a CSV file: a line for each class of each row, rows counted from 0."""
    lines = [[number, entry["label"], entry["score"]] for number, row in enumerate(rows) for entry in row]
    with replacing(path) as temporary:
        _write_csv(temporary, [["row", "label", "score"], *lines])


def _typed(answer: Mapping[str, Any], signature: Signature, aliases: Sequence[str]) -> dict[str, np.ndarray]:
    from tfsctl.codec.json_response import decode_predictions

    if aliases:
        signature = replace(signature, outputs={alias: signature.outputs[alias] for alias in aliases})
    body = json.dumps(answer, ensure_ascii=False).encode(errors="surrogateescape")
    try:
        return decode_predictions(body, signature)
    except ValueError as error:
        raise InternalError(f"The answer does not suit the signature: {error}.", hint="Write a .json file.") from error


def _storable(array: np.ndarray, alias: str, path: Path) -> np.ndarray:
    """As a file without pickles can hold it: bytes of a fixed width, ml_dtypes' floats as float32."""
    import numpy as np

    if array.dtype.kind == "V" and not array.dtype.names:
        return array.astype(np.float32)
    if array.dtype.kind != "O" or path.suffix.lower() == ".csv":
        return array
    if any(item.endswith(b"\0") for item in array.flat):
        raise UsageError(
            f'Output "{alias}" has bytes that end in zeros, which NumPy would lose.', hint="Write a .json."
        )
    return array.astype(np.bytes_)


def _table(outputs: Mapping[str, np.ndarray]) -> Iterator[list[Any]]:
    """A heading and rows: a column for each output, or `name.0`, `name.1` and so on for one with several values."""
    heading: list[str] = []
    columns: list[list[Any]] = []
    for alias, array in outputs.items():
        if array.ndim > 2:
            raise UsageError(
                f'Output "{alias}" is {list(array.shape)}: a table has two dimensions.',
                hint="Write .npy, .npz or .json.",
            )
        values = array.reshape(max(len(array) if array.ndim else 1, 0), -1) if array.size else array.reshape(0, 1)
        names = [alias] if array.ndim < 2 else [f"{alias}.{number}" for number in range(values.shape[1])]
        heading += names
        columns += [[_cell(value) for value in values[:, number]] for number in range(len(names))]
    if len({len(column) for column in columns}) > 1:
        raise UsageError("The outputs have different numbers of rows.", hint="Write .npz or .json.")
    yield heading
    yield from map(list, zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    return str(value)  # of numpy's float32: as many digits as it takes


def _write_csv(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
