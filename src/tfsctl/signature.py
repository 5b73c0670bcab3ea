"""A signature: a named function of a SavedModel, with named input and output tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfsctl.data_type import DataType

PREDICT_METHOD_NAME = "tensorflow/serving/predict"
CLASSIFY_METHOD_NAME = "tensorflow/serving/classify"
REGRESS_METHOD_NAME = "tensorflow/serving/regress"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One tensor of a signature: its name in the graph (`x:0`), type, and shape.

    In `shape` -1 stands for a dimension that may have any size; None for a shape of unknown rank.
    """

    tensor_name: str
    dtype: DataType
    shape: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What a caller can run: aliases of inputs and outputs to tensors.

    `defaults` holds, by input alias, the serialized TensorProto that stands in for an input left out.
    """

    name: str
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    method_name: str = PREDICT_METHOD_NAME
    defaults: Mapping[str, bytes] = field(default_factory=dict)
