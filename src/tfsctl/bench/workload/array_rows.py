"""Inputs in NumPy files and tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfsctl.bench.workload.labels import LABEL_KEYS, find_labels, to_labels
from tfsctl.bench.workload.loaded_rows import LoadedRows
from tfsctl.client.array_files import read_arrays, read_labelled_table, read_lines
from tfsctl.client.input_check import describe_inputs
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.signature import Signature

# What the inputs are called beside labels, where they have not the name of the signature's input.
_INPUT_KEYS = ("x_test", "x", "images", "inputs", "data")


def load_arrays(path: Path, signature: Signature, plan: InputsPlan) -> LoadedRows:
    """The rows of a .npy or .npz file; nothing is ever unpickled.

    The arrays of a .npz file are called as the inputs are. For the only input of a signature another array will do: the
    only one beside the right answers, or `x_test`, `x`, `images`, `inputs` or `data`.
    """
    found = read_arrays(path)
    if not isinstance(found, dict):
        if plan.label_key is not None:
            raise UsageError(f"{path} has a single array, and no right answers.", hint="Give them with --truth FILE.")
        return LoadedRows(path=path, columns={only_input(path, signature): found})
    key = find_labels(list(found), list(signature.inputs), plan, path)
    others = [name for name in found if name != key]
    columns = {name: found[name] for name in others if name in signature.inputs}
    if not columns and len(signature.inputs) == 1:
        columns = {next(iter(signature.inputs)): found[_only_array(others, path, signature)]}
    if not columns:
        raise _no_inputs(others, path, signature)
    return LoadedRows(path=path, columns=columns, labels=None if key is None else found[key])


def load_table(path: Path, signature: Signature, plan: InputsPlan) -> LoadedRows:
    """The rows of a CSV file; a column with the heading `label` or such has the right answers."""
    keys = (plan.label_key,) if plan.label_key is not None else LABEL_KEYS
    columns, texts = read_labelled_table(path, signature, label_keys=keys)
    if plan.label_key is not None and texts is None:
        raise UsageError(f"{path} has no column called {plan.label_key}.", hint="Its first line has the headings.")
    return LoadedRows(path=path, columns=columns, labels=None if texts is None else to_labels(texts, path))


def load_lines(path: Path, signature: Signature) -> LoadedRows:
    """A text for each line of a file."""
    return LoadedRows(path=path, columns={only_input(path, signature): read_lines(path)})


def only_input(path: Path, signature: Signature) -> str:
    """The signature's only input; UsageError if there are several."""
    if len(signature.inputs) == 1:
        return next(iter(signature.inputs))
    raise UsageError(
        f"Which input is {path}? The signature has {len(signature.inputs)}.",
        hint=f"Use a .npz file, with an array for each. It takes {describe_inputs(signature)}.",
    )


def _only_array(names: Sequence[str], path: Path, signature: Signature) -> str:
    if len(names) == 1:
        return names[0]
    usual = next((name for name in _INPUT_KEYS if name in names), None)
    if usual is None:
        raise _no_inputs(names, path, signature)
    return usual


def _no_inputs(names: Sequence[str], path: Path, signature: Signature) -> UsageError:
    return UsageError(
        f"No array in {path} has the name of an input; it has {', '.join(names) or 'none'}.",
        hint=f"The signature takes {describe_inputs(signature)}.",
    )
