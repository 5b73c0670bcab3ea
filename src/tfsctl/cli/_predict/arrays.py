"""From the files on the command line to the arrays of a request, as the signature wants them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.cli._predict.input import names_file, parse_json, read_body, split_pair
from tfsctl.client.array_files import ARRAY_SUFFIXES, TABLE_SUFFIXES, only_array, read_arrays, read_lines, read_table
from tfsctl.client.input_check import check_body, check_shapes, describe_inputs, reshaped
from tfsctl.client.pictures import PICTURE_SUFFIXES, PictureOptions, example_shape, read_picture
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from tfsctl.signature import Signature, TensorSpec

Arrays = dict[str, "np.ndarray"]


@dataclass(frozen=True, slots=True)
class ArrayRequest:
    """A request as arrays by alias; `is_rows` says whether the answer is to be a list of rows (`predictions`)."""

    arrays: Arrays
    is_rows: bool


def read_request(
    inputs: Sequence[str],
    signature: Signature,
    *,
    pictures: PictureOptions,
    columnar: bool = False,
    reshape: bool = False,
    check: bool = True,
) -> ArrayRequest:
    """The arrays of what was given, typed as the signature says.

    Several files, or one name several times, are one batch: their rows come one after the other. With `reshape` arrays
    get the signature's shape where they have as many values.

    Raises:
        UsageError: a file cannot be read, or does not say which input it is.
        InvalidArgumentError: what came is not what the signature wants; not for shapes without `check`.
    """
    from tfsctl.client.inputs import to_arrays

    named, is_rows = _named_arrays(inputs, signature, pictures=pictures, check=check)
    arrays = to_arrays(named, signature)
    if reshape:
        arrays = {alias: _reshaped(array, signature.inputs.get(alias)) for alias, array in arrays.items()}
    if check:
        check_shapes({alias: array.shape for alias, array in arrays.items()}, signature)
    return ArrayRequest(arrays, is_rows and not columnar)


def _named_arrays(
    inputs: Sequence[str], signature: Signature, *, pictures: PictureOptions, check: bool
) -> tuple[Arrays, bool]:
    files = [text for text in inputs if names_file(text)]
    others = [text for text in inputs if not names_file(text)]
    if not files:
        return _json_arrays(others, signature, check=check and not pictures.is_any)
    if any(split_pair(text) is None for text in others) or len({split_pair(text) is None for text in files}) > 1:
        raise UsageError(
            "Some of the inputs have a name and some have none.", hint=f"It takes {describe_inputs(signature)}."
        )
    parts: dict[str, list[tuple[Path, np.ndarray]]] = {}
    for text in files:
        for path, alias, array in _read_files(text, signature, pictures):
            parts.setdefault(alias, []).append((path, array))
    arrays = {alias: _joined(alias, found) for alias, found in parts.items()}
    if others:
        arrays |= _json_arrays(others, signature, check=False)[0]
    is_rows = split_pair(files[0]) is None and not any(Path(text).suffix.lower() == ".npz" for text in files)
    return arrays, is_rows


def _json_arrays(inputs: Sequence[str], signature: Signature, *, check: bool) -> tuple[Arrays, bool]:
    """What the server would make of the JSON."""
    from tfsctl.codec.json_tensor import Format, parse_predict_body

    body = read_body(inputs, columnar=False)
    if check:
        check_body(parse_json(body, "INPUT", forms=None), signature)
    names = {pair[0] for text in inputs if (pair := split_pair(text)) is not None}
    specs = {alias: spec for alias, spec in signature.inputs.items() if not names or alias in names}
    arrays, form = parse_predict_body(body).inputs(specs, signature_label=signature.name)
    return dict(arrays), form is Format.ROW


def _read_files(text: str, signature: Signature, pictures: PictureOptions) -> Iterator[tuple[Path, str, np.ndarray]]:
    pair = split_pair(text)
    alias, value = (pair[0], pair[2]) if pair is not None else (None, text)
    for path in _paths(value[1:]):
        for name, array in _read_file(path, alias, signature, pictures).items():
            yield path, name, _as_rows(array, signature.inputs.get(name), path)


def _paths(text: str) -> list[Path]:
    """The file of that name; else all that match it as a pattern, in the order of their names."""
    if Path(text).exists() or not any(character in text for character in "*?["):
        return [Path(text)]
    found = sorted(glob(text))
    if not found:
        raise UsageError(f"{text}: no such files.")
    return [Path(name) for name in found]


def _read_file(
    path: Path, alias: str | None, signature: Signature, pictures: PictureOptions
) -> Mapping[str, np.ndarray]:
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return read_table(path, signature, alias=alias)
    if suffix in ARRAY_SUFFIXES:
        return _arrays_of(path, alias, signature)
    name = alias or _only_input(path, signature)
    if suffix == ".txt":
        return {name: read_lines(path)}
    if name not in signature.inputs:
        raise UsageError(f'There is no input "{name}".', hint=f"The signature takes {describe_inputs(signature)}.")
    return {name: read_picture(path, signature.inputs[name], pictures)}


def _arrays_of(path: Path, alias: str | None, signature: Signature) -> Mapping[str, np.ndarray]:
    found = read_arrays(path)
    if alias is not None:
        return {alias: only_array(found, alias, path)}
    if isinstance(found, dict):
        is_nameless = len(found) == 1 == len(signature.inputs) and not found.keys() & signature.inputs.keys()
        return dict(zip(signature.inputs, found.values(), strict=True)) if is_nameless else found
    return {_only_input(path, signature): found}


def _only_input(path: Path, signature: Signature) -> str:
    if len(signature.inputs) == 1:
        return next(iter(signature.inputs))
    raise UsageError(
        f"Which input is {path}? The signature has {len(signature.inputs)}.",
        hint=f"Write NAME=@{path}. It takes {describe_inputs(signature)}.",
    )


def _as_rows(array: np.ndarray, spec: TensorSpec | None, path: Path) -> np.ndarray:
    """With the dimension of the batch, where the signature has one and a file has one example."""
    if spec is None:
        return array
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return array if spec.shape is not None and example_shape(spec) == spec.shape else array[None]
    if path.suffix.lower() in TABLE_SUFFIXES:
        return _reshaped(array, spec) if array.ndim == 1 else array
    wanted = spec.shape
    is_one = wanted is not None and array.ndim + 1 == len(wanted) and wanted[0] in {-1, 1}
    is_one = is_one and all(w in {-1, s} for s, w in zip(array.shape, (wanted or ())[1:], strict=True))
    return array[None] if is_one else array


def _joined(alias: str, parts: Sequence[tuple[Path, np.ndarray]]) -> np.ndarray:
    import numpy as np

    first_path, first = parts[0]
    if len(parts) == 1:
        return first
    for path, array in parts:
        if array.ndim == 0 or array.shape[1:] != first.shape[1:]:
            raise UsageError(
                f'The files of "{alias}" do not go together: {first_path} is {list(first.shape)}, '
                f"{path} is {list(array.shape)}.",
                hint="All but the first dimension must be the same; --resize makes pictures fit.",
            )
    return np.concatenate([array for _, array in parts])


def _reshaped(array: np.ndarray, spec: TensorSpec | None) -> np.ndarray:
    shape = reshaped(array.shape, spec.shape) if spec is not None else None
    return array if shape is None else array.reshape(shape)
