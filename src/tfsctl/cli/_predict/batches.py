"""Send arrays in one request or, with `--batch-size`, in several; the answers become one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tfsctl.cli._predict.output import parse_answer
from tfsctl.errors import TfsctlError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.cli._frame.console import Console
    from tfsctl.cli._predict.arrays import ArrayRequest, Arrays
    from tfsctl.client import Client
    from tfsctl.model_spec import ModelSpec


def ask_in_batches(
    client: Client,
    spec: ModelSpec,
    request: ArrayRequest,
    *,
    batch_size: int | None,
    output_filter: Sequence[str],
    console: Console,
) -> dict[str, Any]:
    """The answer as REST gives it, in the order of the rows; an error names the rows of the batch that it met.

    Raises UsageError where the request has no rows to be split, or outputs are no rows to be joined.
    """
    count = _num_rows(request.arrays) if batch_size is not None else None
    if batch_size is None or count is None or count <= batch_size:
        return _answer(client.predict(spec, request.arrays, output_filter=output_filter).outputs, request.is_rows)
    parts: list[dict[str, np.ndarray]] = []
    with console.progress("Predicting") as progress:
        for start, chunk in _chunks(request.arrays, count, batch_size):
            end = min(start + batch_size, count)
            with _naming_rows(start, end, count):
                outputs = client.predict(spec, chunk, output_filter=output_filter).outputs
            _check_rows(outputs, end - start)
            parts.append(outputs)
            progress.update(end, count)
    return _answer(_concatenated(parts), request.is_rows)


class _naming_rows:  # noqa: N801 (a context manager, called like a function)
    """Put the rows, counted from 1, before the message of an error."""

    def __init__(self, start: int, end: int, count: int) -> None:
        self._rows = f"Rows {start + 1} to {end} of {count}"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, TfsctlError):
            raise type(error)(f"{self._rows}: {error.message}", hint=error.hint) from error


def _num_rows(arrays: Arrays) -> int:
    counts = {len(array) if array.ndim else None for array in arrays.values()}
    if len(counts) != 1 or None in counts:
        shapes = ", ".join(f"{alias} {list(array.shape)}" for alias, array in arrays.items())
        raise UsageError(f"--batch-size needs inputs with as many rows each; these are {shapes or 'none'}.")
    return next(len(array) for array in arrays.values())


def _chunks(arrays: Arrays, count: int, batch_size: int) -> Iterator[tuple[int, Arrays]]:
    for start in range(0, count, batch_size):
        yield start, {alias: array[start : start + batch_size] for alias, array in arrays.items()}


def _check_rows(outputs: Mapping[str, np.ndarray], count: int) -> None:
    for alias, array in outputs.items():
        if array.ndim == 0 or len(array) != count:
            raise UsageError(
                f'Output "{alias}" is {list(array.shape)} for {count} rows: answers of batches cannot be joined.',
                hint="Leave out --batch-size, or choose other outputs with --output-filter.",
            )


def _concatenated(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    import numpy as np

    return {alias: np.concatenate([part[alias] for part in parts]) for alias in parts[0]}


def _answer(outputs: Mapping[str, np.ndarray], is_rows: bool) -> dict[str, Any]:
    from tfsctl.codec.json_tensor import Format, encode_predictions

    plain = {alias: _plain(array) for alias, array in outputs.items()}
    sizes = {len(array) if array.ndim else None for array in plain.values()}
    fits = is_rows and len(sizes) == 1 and None not in sizes
    return parse_answer(encode_predictions(plain, Format.ROW if fits else Format.COLUMNAR))


def _plain(array: np.ndarray) -> np.ndarray:
    """Types that JSON answers do not have (tensorflow-serving.md §1.8), as the next that they do."""
    import numpy as np

    if array.dtype.names:  # A quantized type: a struct around an integer.
        array = array[array.dtype.names[0]]
    if array.dtype.kind == "V" or array.dtype == np.float16:
        return array.astype(np.float32)
    return array.astype(np.int32) if array.dtype == np.uint16 else array
