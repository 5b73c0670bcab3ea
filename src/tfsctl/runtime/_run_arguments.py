"""What both runtimes make of the arguments of `Model.run`."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np

from tfsctl.errors import DeadlineExceededError, InvalidArgumentError
from tfsctl.signature import Signature

_MAX_TIMEOUT_MS = 2**62


def check_aliases(signature: Signature, inputs: Collection[str], output_names: Collection[str]) -> None:
    """Raise InvalidArgumentError unless `inputs` are those of `signature` and `output_names` are among its outputs."""
    if set(inputs) != set(signature.inputs):
        raise InvalidArgumentError(
            f"Signature {signature.name} takes the inputs {_listed(signature.inputs)}, not {_listed(inputs)}."
        )
    unknown = set(output_names) - set(signature.outputs)
    if unknown:
        raise InvalidArgumentError(
            f"Signature {signature.name} has the outputs {_listed(signature.outputs)}, not {_listed(unknown)}."
        )


def timeout_in_ms(timeout_seconds: float) -> int:
    """A timeout as RunOptions wants it, never shorter; raises DeadlineExceededError if no time is left."""
    if not timeout_seconds > 0:
        raise DeadlineExceededError("The deadline was over before the model could run.")
    return math.ceil(min(timeout_seconds * 1000, _MAX_TIMEOUT_MS))


def unknown_tensor_error(tensor_name: str) -> InvalidArgumentError:
    """What TensorFlow says of a tensor that the graph has not."""
    return InvalidArgumentError(
        f"Tensor {tensor_name}, specified in either feed_devices or fetch_devices was not found in the Graph"
    )


def to_bytes(text: object) -> bytes:
    """One string of an input; raises InvalidArgumentError if it is none."""
    if isinstance(text, bytes):
        return text
    if isinstance(text, str):
        return text.encode()
    raise InvalidArgumentError(f"A string input must hold bytes or str, not {type(text).__name__}.")


def is_stored_type(given: np.dtype[Any], expected: np.dtype[Any]) -> bool:
    """Whether `expected` is a quantized type and `given` that of the plain integers in which its numbers are stored."""
    return expected.fields is not None and given == next(iter(expected.fields.values()))[0]


def _listed(names: Collection[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"
