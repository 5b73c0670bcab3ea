"""Classify: labels and scores for each tf.Example (tensorflow-serving.md §6.3). Safe in any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import from_numpy
from tfsctl.codec.inference_result import Classifications
from tfsctl.data_type import DataType
from tfsctl.errors import InvalidArgumentError
from tfsctl.serving.inference.example_input import example_tensor
from tfsctl.serving.inference.example_signature import (
    EXAMPLES_ALIAS,
    check_method_name_is,
    definition_text,
    find_example_signature,
    shape_text,
)
from tfsctl.serving.models.servable import Servable
from tfsctl.signature import CLASSIFY_METHOD_NAME, Signature

_CLASSES, _SCORES = "classes", "scores"
_DTYPES = {_CLASSES: DataType.STRING, _SCORES: DataType.FLOAT}

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


def classify(
    servable: Servable,
    signature_name: str,
    examples: Sequence[bytes],
    *,
    check_method_name: bool = False,
    timeout_seconds: float | None = None,
) -> Classifications:
    """Run a signature on serialized tf.Examples.

    Args:
        servable: The loaded version; the caller keeps its handle until this returns.
        signature_name: Resolved: not empty.
        examples: One for each classification wanted.
        check_method_name: Whether the signature must have been exported for classification.
        timeout_seconds: How long the model may run.

    Raises:
        InvalidArgumentError: there is no such signature, it does not classify, there are no examples, or what came out
            has another shape or type than classifications.
        DeadlineExceededError: the model ran too long.
        TfsctlError: whatever the model says.
    """
    signature = find_example_signature(servable, signature_name)
    wanted = classification_outputs(servable, signature, check_method_name=check_method_name)
    outputs = servable.model.run(
        signature,
        {EXAMPLES_ALIAS: example_tensor(examples)},
        output_names=() if len(wanted) == len(signature.outputs) else wanted,
        timeout_seconds=timeout_seconds,
    )
    return to_classifications(outputs, len(examples))


def classification_outputs(
    servable: Servable, signature: Signature, *, check_method_name: bool = False
) -> tuple[str, ...]:
    """The outputs to ask for: `classes`, `scores` or both; raises InvalidArgumentError if it cannot classify."""
    if check_method_name:
        check_method_name_is(signature, CLASSIFY_METHOD_NAME, noun="classification")
    if len(signature.inputs) != 1:
        raise InvalidArgumentError("Expected one input Tensor.")
    if len(signature.outputs) not in {1, 2}:
        raise InvalidArgumentError(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    if EXAMPLES_ALIAS not in signature.inputs:
        raise InvalidArgumentError(
            f"No classification inputs found in SignatureDef: {definition_text(servable, signature)}"
        )
    classes, scores = signature.outputs.get(_CLASSES), signature.outputs.get(_SCORES)
    if classes is None and scores is None:
        raise InvalidArgumentError(
            "Expected classification signature outputs to contain at least one of"
            f' "{_CLASSES}" or "{_SCORES}". Signature was: {definition_text(servable, signature)}'
        )
    if classes is None:
        return (_SCORES,)
    # TF Serving takes one tensor under both names for the classes.
    return (_CLASSES,) if scores is None or scores.tensor_name == classes.tensor_name else (_CLASSES, _SCORES)


def to_classifications(outputs: Arrays, num_examples: int) -> Classifications:
    """What came out, by the names that `classification_outputs` gave.

    Raises InvalidArgumentError unless there are as many rows as examples, of the right type, and of equal length.
    """
    for alias in (_CLASSES, _SCORES):
        if alias in outputs:
            _check(alias, outputs[alias], num_examples)
    classes, scores = outputs.get(_CLASSES), outputs.get(_SCORES)
    if classes is not None and scores is not None and classes.shape[1] != scores.shape[1]:
        raise InvalidArgumentError(
            f"Tensors class and score should match in dim_size(1). Got {classes.shape[1]} vs. {scores.shape[1]}"
        )
    return Classifications(classes, scores)


def _check(alias: str, array: np.ndarray[Any, Any], num_examples: int) -> None:
    if array.ndim != 2:
        raise InvalidArgumentError(f"Expected Tensor shape: [batch_size num_classes] but got {shape_text(array.shape)}")
    expected, dtype = _DTYPES[alias], from_numpy(array.dtype)
    if dtype != expected:
        raise InvalidArgumentError(f"Expected {alias} Tensor of {expected.proto_name}. Got: {dtype.proto_name}")
    if len(array) != num_examples:
        raise InvalidArgumentError(f"Expected {alias} output batch size of {num_examples}. Got: {len(array)}")
