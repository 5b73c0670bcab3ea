"""Regress: one number for each tf.Example (tensorflow-serving.md §6.3). Safe in any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfsctl.codec.dtypes import from_numpy
from tfsctl.codec.inference_result import Regressions
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
from tfsctl.signature import REGRESS_METHOD_NAME, Signature

_OUTPUTS = "outputs"

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


def regress(
    servable: Servable,
    signature_name: str,
    examples: Sequence[bytes],
    *,
    check_method_name: bool = False,
    timeout_seconds: float | None = None,
) -> Regressions:
    """Run a signature on serialized tf.Examples.

    Args:
        servable: The loaded version; the caller keeps its handle until this returns.
        signature_name: Resolved: not empty.
        examples: One for each number wanted.
        check_method_name: Whether the signature must have been exported for regression.
        timeout_seconds: How long the model may run.

    Raises:
        InvalidArgumentError: there is no such signature, it is none of a regression, there are no examples, or what
            came out is not one float32 for each of them.
        DeadlineExceededError: the model ran too long.
        TfsctlError: whatever the model says.
    """
    signature = find_example_signature(servable, signature_name)
    regression_outputs(servable, signature, check_method_name=check_method_name)
    outputs = servable.model.run(signature, {EXAMPLES_ALIAS: example_tensor(examples)}, timeout_seconds=timeout_seconds)
    return to_regressions(outputs, len(examples))


def regression_outputs(servable: Servable, signature: Signature, *, check_method_name: bool = False) -> tuple[str, ...]:
    """The one output to ask for; raises InvalidArgumentError if the signature is none of a regression."""
    if check_method_name:
        check_method_name_is(signature, REGRESS_METHOD_NAME, noun="regression")
    if len(signature.inputs) != 1:
        raise InvalidArgumentError("Expected one input Tensor.")
    if len(signature.outputs) != 1:
        raise InvalidArgumentError("Expected one output Tensor.")
    for direction, alias, specs in (
        ("inputs", EXAMPLES_ALIAS, signature.inputs),
        ("outputs", _OUTPUTS, signature.outputs),
    ):
        if alias not in specs:
            raise InvalidArgumentError(
                f"No regression {direction} found in SignatureDef: {definition_text(servable, signature)}"
            )
    return (_OUTPUTS,)


def to_regressions(outputs: Arrays, num_examples: int) -> Regressions:
    """What came out; raises InvalidArgumentError unless it is one float32 for each example."""
    values = outputs[_OUTPUTS]
    if not (values.ndim == 1 or (values.ndim == 2 and values.shape[1] == 1)):
        raise InvalidArgumentError(
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1]"
            f" but got {shape_text(values.shape)}"
        )
    if len(values) != num_examples:
        raise InvalidArgumentError(
            f"Input batch size did not match output batch size: {num_examples} vs. {len(values)}"
        )
    dtype = from_numpy(values.dtype)
    if dtype != DataType.FLOAT:
        raise InvalidArgumentError(f"Expected output Tensor of DT_FLOAT.  Got: {dtype.proto_name}")
    return Regressions(values.reshape(num_examples))
