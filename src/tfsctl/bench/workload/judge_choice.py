"""How the answers of a model are compared with what is right: with which output, and as classes or as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tfsctl.bench.workload.judging import ClassJudge, Judge, ValueJudge
from tfsctl.bench.workload.labels import to_class_numbers
from tfsctl.client.input_check import describe
from tfsctl.data_type import DataType
from tfsctl.errors import UsageError

if TYPE_CHECKING:
    from tfsctl.bench.workload.inputs_plan import InputsPlan
    from tfsctl.signature import Signature, TensorSpec

    AnyArray = np.ndarray[Any, Any]

DEFAULT_TOLERANCE = 1e-4
_FLOATS = {DataType.FLOAT, DataType.DOUBLE, DataType.HALF, DataType.BFLOAT16}
_USUAL_NAMES = ("scores", "probabilities", "logits", "predictions", "classes")


def choose_judge(
    labels: AnyArray, class_names: Sequence[str], signature: Signature, *, plan: InputsPlan, path: Path
) -> Judge:
    """The judge of answers to rows whose right answers are `labels`; `class_names` are those of their file.

    Texts, one-hot rows, and whole numbers are classes; but numbers for an output of one float a row are classes only
    where they are all 0 or 1. Everything else is compared as numbers; so is all that the plan gives a tolerance for.

    Raises:
        UsageError: it is not clear which output has the answers, or it cannot have them.
        InvalidArgumentError: labels that the output cannot give.
    """
    names = plan.class_names or class_names
    output = choose_output(signature, plan.output, num_classes=len(names) or None)
    spec = signature.outputs[output]
    columns = _columns(spec)
    if plan.tolerance is None and _are_classes(labels, spec, columns):
        has_scores = columns is not None and columns > 1 and spec.dtype is not DataType.STRING
        num_classes = columns if has_scores else 2 if columns == 1 and spec.dtype in _FLOATS else None
        expected, found = to_class_numbers(labels, names, num_classes=num_classes, path=path)
        return ClassJudge(output, expected, found)
    if labels.dtype.kind not in "biuf" or spec.dtype is DataType.STRING:
        raise UsageError(
            f'The right answers of {path} are not numbers as output "{output}" has them ({describe(spec)}).',
            hint="Name another output with --output, or leave out --tolerance.",
        )
    tolerance = DEFAULT_TOLERANCE if plan.tolerance is None else plan.tolerance
    return ValueJudge(output, labels.astype(np.float64), tolerance)


def choose_output(signature: Signature, wanted: str | None, *, num_classes: int | None) -> str:
    """The output that answers are compared by.

    That is the one wanted, the only one, the only float one with as many columns as there are classes, or one that is
    called as such outputs are. Raises UsageError where that is not clear.
    """
    outputs = signature.outputs
    shown = ", ".join(f"{alias}: {describe(spec)}" for alias, spec in sorted(outputs.items())) or "none"
    if wanted is not None:
        if wanted not in outputs:
            raise UsageError(f'There is no output "{wanted}".', hint=f"The outputs are {shown}.")
        return wanted
    if len(outputs) == 1:
        return next(iter(outputs))
    fitting = [
        alias
        for alias, spec in outputs.items()
        if num_classes and spec.dtype in _FLOATS and _columns(spec) == num_classes
    ]
    if len(fitting) == 1:
        return fitting[0]
    usual = next((name for name in _USUAL_NAMES if name in outputs), None)
    if usual is None:
        raise UsageError("Which output has the answers?", hint=f"Name it with --output. The outputs are {shown}.")
    return usual


def _columns(spec: TensorSpec) -> int | None:
    """How many values a row has; None where the signature does not tell."""
    if spec.shape is None or not spec.shape:
        return None if spec.shape is None else 1
    if len(spec.shape) == 1:
        return 1 if spec.shape[0] < 0 else spec.shape[0]
    rest = spec.shape[1:]
    return None if min(rest) < 0 else int(np.prod(rest))


def _are_classes(labels: AnyArray, spec: TensorSpec, columns: int | None) -> bool:
    if labels.dtype.kind in "OSU" or spec.dtype is DataType.STRING:
        return True
    if labels.ndim > 1 and labels.shape[1:] != (1,):
        return _is_one_hot(labels) and columns in {None, labels.shape[1]}
    is_one_float = columns == 1 and spec.dtype in _FLOATS
    if is_one_float:
        return labels.dtype.kind in "biu" and bool(np.isin(labels, (0, 1)).all())
    if labels.dtype.kind == "f":
        return columns is not None and columns > 1 and bool((labels == np.rint(labels)).all())
    return True


def _is_one_hot(labels: AnyArray) -> bool:
    return labels.ndim == 2 and bool(np.isin(labels, (0, 1)).all()) and bool((labels.sum(axis=1) == 1).all())
