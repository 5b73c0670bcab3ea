"""What a PredictRequest message means to a servable, whoever sends it (tensorflow-serving.md §2.5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfsctl.codec.tensor_proto import decode_tensor
from tfsctl.errors import FailedPreconditionError, InvalidArgumentError


def signature_not_found(name: str) -> FailedPreconditionError:
    """The error for a signature that the servable does not have."""
    return FailedPreconditionError(f'Serving signature key "{name}" not found.')


def decode_input(alias: str, tensor: Any) -> np.ndarray[Any, Any]:
    """The array of one input's TensorProto; raises InvalidArgumentError if it is malformed."""
    try:
        return decode_tensor(tensor)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"tensor parsing error: {alias}") from error
