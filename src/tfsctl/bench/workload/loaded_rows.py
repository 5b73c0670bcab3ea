"""What a file of inputs held, and how it becomes the rows that a signature takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsctl.bench.workload.levels import Levels
from tfsctl.bench.workload.made_up_shapes import MAX_INPUT_BYTES
from tfsctl.bench.workload.request_inputs import Arrays, RowInputs
from tfsctl.client.input_check import Shape, describe, describe_inputs, is_like, reshaped, show_shape
from tfsctl.client.inputs import to_arrays
from tfsctl.errors import InvalidArgumentError, UsageError

if TYPE_CHECKING:
    from tfsctl.signature import Signature, TensorSpec

_CHUNK_BYTES = 1 << 24
_LEVEL_KINDS = "ui"


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedRows:
    """The rows of a file.

    Attributes:
        path: The file, for errors.
        columns: By input, the rows first; as many in each.
        labels: The right answer of each row; None where the file does not tell.
        class_names: The classes in the order of the labels' numbers, where the file names them.
        noun: What a row is: `rows`, `pictures`.
        one_by_one: Whether each row is a whole request, whatever the signature's first dimension looks like.
    """

    path: Path
    columns: Arrays
    labels: np.ndarray[Any, Any] | None = None
    class_names: tuple[str, ...] = ()
    noun: str = "rows"
    one_by_one: bool = False


def to_row_inputs(
    loaded: LoadedRows,
    signature: Signature,
    *,
    batch_size: int | None,
    max_requests: int | None,
    levels: Levels | None = None,
) -> RowInputs:
    """The requests that carry these rows, `batch_size` in each: 1, or as many as the signature insists on.

    A row whose shape is not the signature's, but which has as many values, gets that shape. No more than 512 MiB of
    rows are kept, the first ones.

    Raises:
        UsageError: an input that the signature wants is missing, or the batch size is not one it takes.
        InvalidArgumentError: rows of another shape or type than it takes, or columns of different lengths.
    """
    _check_names(loaded, signature)
    fitted = {
        alias: _Fitted(array, is_single=True) if loaded.one_by_one else _fitted(array, signature, alias, loaded.path)
        for alias, array in loaded.columns.items()
    }
    size = _batch_size({item.rows_wanted for item in fitted.values()} - {None}, batch_size)
    columns = {alias: item.array for alias, item in fitted.items()}
    num_rows = _num_rows(columns, loaded.path)
    single = frozenset(alias for alias, item in fitted.items() if item.is_single)
    if size > 1 and single:
        raise UsageError(f'Input "{min(single)}" has no dimension for {size} rows.', hint="Leave out --batch-size.")
    _check_enough(num_rows, batch_size, loaded.path)
    num_rows = min(num_rows, _rows_that_fit(columns), *([] if max_requests is None else [max_requests * size]))
    if any(item.rows_wanted for item in fitted.values()):
        num_rows -= num_rows % size
        if not num_rows:
            raise InvalidArgumentError(f"The signature takes {size} rows at once, and {loaded.path} has fewer.")
    columns = {alias: _kept(column, num_rows) for alias, column in columns.items()}
    _check_types(columns, signature, loaded.path, levels=levels)
    return RowInputs(columns=columns, batch_size=size, num_requests=-(-num_rows // size), single=single, levels=levels)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A column in the signature's shape; `is_single` as in RowInputs, `rows_wanted` where requests have so many."""

    array: np.ndarray[Any, Any]
    is_single: bool = False
    rows_wanted: int | None = None


def _check_names(loaded: LoadedRows, signature: Signature) -> None:
    missing = sorted(signature.inputs.keys() - loaded.columns.keys() - signature.defaults.keys())
    if missing:
        raise UsageError(
            f'{loaded.path} has nothing for the input "{missing[0]}"; it has {", ".join(loaded.columns) or "nothing"}.',
            hint=f"The signature takes {describe_inputs(signature)}.",
        )


def _fitted(array: np.ndarray[Any, Any], signature: Signature, alias: str, path: Path) -> _Fitted:
    spec = signature.inputs[alias]
    wanted = spec.shape
    if wanted is None and array.ndim:
        return _Fitted(array)
    found = None
    if wanted is not None and array.ndim:
        found = _with_rows(array, wanted) or _one_by_one(array, wanted)
    if found is None and wanted is not None and is_like(array.shape, wanted):
        found = _Fitted(array[None], is_single=True)  # The whole request.
    if found is None:
        raise _misfit(array.shape, spec, alias, path)
    return found


def _with_rows(array: np.ndarray[Any, Any], wanted: Shape) -> _Fitted | None:
    """Where the signature's first dimension is that of the batch."""
    if not wanted:
        return None
    rows_wanted = None if wanted[0] < 0 else wanted[0]
    if is_like(array.shape[1:], wanted[1:]):
        return _Fitted(array, rows_wanted=rows_wanted)
    shape = reshaped(array.shape[1:], wanted[1:]) if rows_wanted is None else None
    return None if shape is None else _Fitted(array.reshape((len(array), *shape)))


def _one_by_one(array: np.ndarray[Any, Any], wanted: Shape) -> _Fitted | None:
    """Where each row is a request of its own."""
    if wanted and wanted[0] < 0:
        return None
    shape = array.shape[1:] if is_like(array.shape[1:], wanted) else reshaped(array.shape[1:], wanted)
    return None if shape is None else _Fitted(array.reshape((len(array), *shape)), is_single=True)


def _misfit(shape: Shape, spec: TensorSpec, alias: str, path: Path) -> InvalidArgumentError:
    came = f"rows of {show_shape(shape[1:])}" if len(shape) > 1 else "single values" if shape else "one value"
    return InvalidArgumentError(
        f'Input "{alias}" takes {describe(spec)}, but {path} has {came} for it.',
        hint="The first dimension in the file is the rows; each needs as many values as the signature's rows have.",
    )


def _batch_size(wanted: set[int | None], given: int | None) -> int:
    sizes = sorted({size for size in wanted if size is not None})
    if not sizes:
        return given or 1
    if len(sizes) > 1 or given not in {None, sizes[0]}:
        raise UsageError(
            f"The signature takes {' and '.join(map(str, sizes))} rows at once, no other number.",
            hint="Leave out --batch-size.",
        )
    return sizes[0]


def _check_enough(num_rows: int, batch_size: int | None, path: Path) -> None:
    """Requests of fewer rows than were asked for would be measured as if they had them all."""
    if batch_size is not None and batch_size > num_rows:
        raise UsageError(
            f"{path} has {num_rows:,} rows, too few for requests of {batch_size:,}.",
            hint="Give a smaller --batch-size, or more rows.",
        )


def _num_rows(columns: Arrays, path: Path) -> int:
    lengths = {alias: len(column) for alias, column in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{alias}: {length}" for alias, length in lengths.items())
        raise InvalidArgumentError(f"The inputs in {path} have different numbers of rows ({said}).")
    num_rows = next(iter(lengths.values()), 0)
    if not num_rows:
        raise UsageError(f"{path} has no rows.")
    return num_rows


def _rows_that_fit(columns: Arrays) -> int:
    bytes_of_row = sum(column.nbytes // len(column) for column in columns.values())
    return max(1, MAX_INPUT_BYTES // max(1, bytes_of_row))


def _kept(column: np.ndarray[Any, Any], num_rows: int) -> np.ndarray[Any, Any]:
    """The first rows alone, so that the others are neither kept nor sent to other processes."""
    return column if len(column) == num_rows else column[:num_rows].copy()


def _check_types(columns: Arrays, signature: Signature, path: Path, *, levels: Levels | None) -> None:
    """Turn all rows into what the signature wants, a few at a time, and throw it away."""
    for alias, column in columns.items():
        if levels is not None and column.dtype.kind not in _LEVEL_KINDS:
            raise UsageError(
                f'{path} has {column.dtype} for "{alias}", and levels are whole numbers from 0 to 255.',
                hint="Leave out --normalize and --invert.",
            )
        step = max(1, _CHUNK_BYTES // max(1, column.nbytes // len(column)))
        for start in range(0, len(column), step):
            part = column[start : start + step]
            try:
                to_arrays({alias: part if levels is None else levels.apply(part)}, signature)
            except InvalidArgumentError as error:
                raise InvalidArgumentError(f"{path}: {error.message}", hint=error.hint) from error
