"""Reads BatchingParameters files: text protos, in which a number with a default is written `{ value: N }`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tfsctl.serving.batching.parameters import BatchingParameters
from tfsctl.serving.config_protos import BatchingParametersProto
from tfsctl.serving.text_proto import read_text_proto

_WRAPPED = (
    "max_batch_size",
    "batch_timeout_micros",
    "max_enqueued_batches",
    "num_batch_threads",
    "thread_pool_name",
    "enable_large_batch_splitting",
    "max_execution_batch_size",
)


def read_batching_parameters(path: Path) -> BatchingParameters:
    """The parameters in the file at `path`, unchecked; those it leaves out have their defaults.

    Raises:
        InvalidArgumentError: it is no such file; the hint says in which line and column.
        NotFoundError, PermissionDeniedError, FailedPreconditionError: it cannot be read.
    """
    return batching_parameters(read_text_proto(path, BatchingParametersProto))


def batching_parameters(message: Any) -> BatchingParameters:
    """The parameters in a BatchingParameters message, unchecked."""
    given: dict[str, Any] = {name: getattr(message, name).value for name in _WRAPPED if message.HasField(name)}
    return BatchingParameters(
        allowed_batch_sizes=tuple(message.allowed_batch_sizes),
        pad_variable_length_inputs=message.pad_variable_length_inputs,
        **given,
    )
