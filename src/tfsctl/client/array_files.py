"""Files that hold inputs: NumPy arrays, tables, lines of text. Nothing is ever unpickled: that would run code.

Loads numpy only when a file is read.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfsctl.client.input_check import describe_inputs, reshaped
from tfsctl.data_type import DataType
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.signature import Signature, TensorSpec

ARRAY_SUFFIXES = (".npy", ".npz")
TABLE_SUFFIXES = (".csv", ".txt")
_DELIMITERS = ",;\t"
_PICKLED = "It holds Python objects, and loading those can run any code: save numbers, or strings of a fixed width."


def read_arrays(path: Path) -> np.ndarray | dict[str, np.ndarray]:
    """The array of a .npy file; by name, those of a .npz file.

    Raises UsageError for what is neither, and for arrays of Python objects.
    """
    import numpy as np

    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}.") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        hint = _PICKLED if "allow_pickle" in str(error) else None
        reason = "Object arrays are not loaded" if hint else str(error)
        raise UsageError(f"{path} is not a NumPy file that can be sent: {reason}.", hint=hint) from error


def read_lines(path: Path) -> np.ndarray:
    """A string for each line of a text file; an object array. The end of the last line starts no other."""
    import numpy as np

    lines = _text(path).splitlines()
    if not lines:
        raise UsageError(f"{path} is empty: it should have a string in each line.")
    return np.array(lines, dtype=object)


def read_table(path: Path, signature: Signature, *, alias: str | None = None) -> dict[str, np.ndarray]:
    """The inputs in a CSV file, a row for each example.

    The first line is a heading if anything in it is no number, or if it names inputs. Columns with the names of inputs
    are those inputs; else all columns together are the only input, or the one called `alias`, in its shape where they
    are as many as its values. Comma, semicolon, or tab stand between cells.

    Raises UsageError for lines of uneven length, cells that are no numbers, and columns that belong nowhere.
    """
    return _columns(_cells(path), signature, path, alias=alias)


def read_labelled_table(
    path: Path, signature: Signature, *, label_keys: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[str] | None]:
    """The inputs as `read_table` has them, and the cells of the first column that is called by one of `label_keys`.

    A column that has the name of an input is that input. None where there is no such column.
    """
    rows = _cells(path)
    heading = [cell.strip() for cell in rows[0]]
    found = next((key for key in label_keys if key in heading and key not in signature.inputs), None)
    if found is None:
        return _columns(rows, signature, path, alias=None), None
    place = heading.index(found)
    labels = [row[place].strip() for row in rows[1:]]
    if len(heading) == 1 or not labels:
        raise UsageError(f"{path} has no inputs, only {found}.")
    rest = [row[:place] + row[place + 1 :] for row in rows]
    return _columns(rest, signature, path, alias=None, is_headed=True), labels


def _columns(
    rows: list[list[str]], signature: Signature, path: Path, *, alias: str | None, is_headed: bool = False
) -> dict[str, np.ndarray]:
    heading = None if _is_numbers(rows[0]) and not is_headed else [cell.strip() for cell in rows[0]]
    if heading is not None and all(name in signature.inputs for name in heading) and alias is None:
        columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(heading)}
        return {name: _column(column, signature.inputs[name], path) for name, column in columns.items()}
    wanted = alias or (next(iter(signature.inputs)) if len(signature.inputs) == 1 else None)
    if wanted is None:
        raise UsageError(
            f"{path} does not say which column is which input.",
            hint=f"Let its first line name them. The signature takes {describe_inputs(signature)}.",
        )
    spec = signature.inputs.get(wanted)
    takes_texts = spec is not None and spec.dtype is DataType.STRING
    has_heading = is_headed or (heading is not None and not takes_texts)
    return {wanted: _matrix(rows[1:] if has_heading else rows, spec, path, first_line=1 + has_heading)}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}.") from error


def _cells(path: Path) -> list[list[str]]:
    lines = _text(path).splitlines()
    first = lines[0] if lines else ""
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row]
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV file: {error}.") from error
    if not rows or (len(rows) == 1 and not _is_numbers(rows[0])):
        raise UsageError(f"{path} has no rows.")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise UsageError(f"{path}: row {number} has {len(row)} cells, the first row has {len(rows[0])}.")
    return rows


def _is_numbers(cells: list[str]) -> bool:
    return all(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _column(cells: list[str], spec: TensorSpec, path: Path) -> np.ndarray:
    """One input's column, as [n] or, where the signature wants that, [n, 1]."""
    if not cells:
        raise UsageError(f"{path} has no rows.")
    return _shaped(_values([[cell] for cell in cells], spec, path, first_line=2)[:, 0], spec)


def _matrix(rows: list[list[str]], spec: TensorSpec | None, path: Path, *, first_line: int) -> np.ndarray:
    return _shaped(_values(rows, spec, path, first_line=first_line), spec)


def _values(rows: list[list[str]], spec: TensorSpec | None, path: Path, *, first_line: int) -> np.ndarray:
    import numpy as np

    if spec is not None and spec.dtype is DataType.STRING:
        return np.array(rows, dtype=object)
    with suppress(ValueError, OverflowError):  # too large for int64: floats then
        return np.array([[int(cell) for cell in row] for row in rows], dtype=np.int64)
    with suppress(ValueError):
        return np.array([[float(cell) for cell in row] for row in rows], dtype=np.float64)
    line, cell = next((n, cell) for n, row in enumerate(rows, first_line) for cell in row if not _is_number(cell))
    raise UsageError(f"{path}, row {line}: '{cell}' is not a number.")


def _shaped(array: np.ndarray, spec: TensorSpec | None) -> np.ndarray:
    """A table has no shape of its own: give it that of the signature, if each row fits."""
    if spec is None or not spec.shape or spec.shape[0] >= 0:
        return array
    shape = reshaped(array.shape[1:], spec.shape[1:])
    return array if shape is None else array.reshape((len(array), *shape))


def only_array(arrays: np.ndarray | Mapping[str, Any], alias: str, path: Path) -> np.ndarray:
    """The array that one input means: the file's only one, or the one with the input's name; else UsageError."""
    if not isinstance(arrays, Mapping):
        return arrays
    if len(arrays) == 1:
        found: np.ndarray = next(iter(arrays.values()))
        return found
    if alias not in arrays:
        raise UsageError(f"{path} has several arrays, none called {alias}.", hint=f"It has {', '.join(arrays)}.")
    named: np.ndarray = arrays[alias]
    return named
