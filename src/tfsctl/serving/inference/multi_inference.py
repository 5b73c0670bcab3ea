"""MultiInference: several signatures of a model on the same tf.Examples, in one run (tensorflow-serving.md §6.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from tfsctl.codec.inference_result import Classifications, Regressions
from tfsctl.errors import InvalidArgumentError, UnimplementedError
from tfsctl.serving.inference.classifier import classification_outputs, to_classifications
from tfsctl.serving.inference.example_input import example_tensor
from tfsctl.serving.inference.example_signature import EXAMPLES_ALIAS, find_example_signature
from tfsctl.serving.inference.regressor import regression_outputs, to_regressions
from tfsctl.serving.models.servable import Servable
from tfsctl.signature import CLASSIFY_METHOD_NAME, REGRESS_METHOD_NAME, Signature, TensorSpec

InferenceResult: TypeAlias = "Classifications | Regressions"
_ToResult = Callable[[Mapping[str, "np.ndarray[Any, Any]"], int], InferenceResult]
# By method name: what checks a signature and says which outputs to ask for, and what makes a result of them.
_METHODS: dict[str, tuple[Callable[..., tuple[str, ...]], _ToResult]] = {
    CLASSIFY_METHOD_NAME: (classification_outputs, to_classifications),
    REGRESS_METHOD_NAME: (regression_outputs, to_regressions),
}


@dataclass(frozen=True, slots=True)
class InferenceTask:
    """One signature to run, by its resolved name, and what for. `model_name` has to be the same in all tasks."""

    model_name: str
    signature_name: str
    method_name: str


@dataclass(frozen=True, slots=True)
class _Checked:
    """A task that may run: the tensor fed, those wanted by their aliases, and what makes a result of them."""

    examples: TensorSpec
    wanted: Mapping[str, TensorSpec]
    to_result: _ToResult


def multi_inference(
    servable: Servable,
    tasks: Sequence[InferenceTask],
    examples: Sequence[bytes],
    *,
    check_method_name: bool = False,
    timeout_seconds: float | None = None,
    on_examples: Callable[[int], object] | None = None,
) -> list[InferenceResult]:
    """Run all tasks at once on the same serialized tf.Examples; returns their results in the order of the tasks.

    Args:
        servable: The loaded version; the caller keeps its handle until this returns.
        tasks: At least one.
        examples: One for each result wanted of a task.
        check_method_name: Whether signatures must have been exported for the method of their task.
        timeout_seconds: How long the model may run.
        on_examples: Told how many examples there are, before they are run.

    Raises:
        InvalidArgumentError: the tasks do not fit together or the model; or as `classify` and `regress`.
        UnimplementedError: a method that is neither classify nor regress.
        DeadlineExceededError: the model ran too long.
        TfsctlError: whatever the model says.
    """
    checked = _check_all(servable, tasks, check_method_name=check_method_name)
    merged = _merge(
        frozenset(task.examples for task in checked),
        frozenset(spec for task in checked for spec in task.wanted.values()),
    )
    tensor = example_tensor(examples)
    if on_examples is not None:
        on_examples(len(examples))
    outputs = servable.model.run(merged, dict.fromkeys(merged.inputs, tensor), timeout_seconds=timeout_seconds)
    return [
        task.to_result({alias: outputs[spec.tensor_name] for alias, spec in task.wanted.items()}, len(examples))
        for task in checked
    ]


def _check_all(servable: Servable, tasks: Sequence[InferenceTask], *, check_method_name: bool) -> list[_Checked]:
    """One task after the other, as TF Serving does: the first mistake is the one reported."""
    checked: list[_Checked] = []
    seen: set[str] = set()
    for task in tasks:
        if not task.model_name:
            raise InvalidArgumentError("Found ModelSpec with an empty model name.")
        if task.model_name != tasks[0].model_name:
            raise InvalidArgumentError("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
        if task.signature_name in seen:
            raise InvalidArgumentError(f"Duplicate evaluation of signature: {task.signature_name}")
        seen.add(task.signature_name)
        checked.append(_check(servable, task, check_method_name=check_method_name))
    return checked


def _check(servable: Servable, task: InferenceTask, *, check_method_name: bool) -> _Checked:
    signature = find_example_signature(
        servable, task.signature_name, not_found="Requested signature not found in model graph: "
    )
    method = _METHODS.get(task.method_name)
    if method is None:
        raise UnimplementedError(f"Unsupported signature method_name: {task.method_name}")
    choose_outputs, to_result = method
    wanted = choose_outputs(servable, signature, check_method_name=check_method_name)
    return _Checked(signature.inputs[EXAMPLES_ALIAS], {alias: signature.outputs[alias] for alias in wanted}, to_result)


@lru_cache(maxsize=1024)
def _merge(inputs: frozenset[TensorSpec], outputs: frozenset[TensorSpec]) -> Signature:
    """A signature of these tensors, which are their own aliases.

    Runtimes remember signatures by name: this one's says all that is in it. NUL keeps it apart from the model's own.
    """
    fed, fetched = _by_tensor_name(inputs), _by_tensor_name(outputs)
    return Signature(name="\0".join(["MultiInference", *fed, "", *fetched]), inputs=fed, outputs=fetched)


def _by_tensor_name(specs: frozenset[TensorSpec]) -> dict[str, TensorSpec]:
    """In the order of the names: TensorFlow makes an executor for every list of fetches that it sees."""
    return {spec.tensor_name: spec for spec in sorted(specs, key=lambda spec: spec.tensor_name)}
