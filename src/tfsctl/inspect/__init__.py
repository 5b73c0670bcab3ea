"""What is in a SavedModel, told without TensorFlow.

    report = inspect_saved_model(Path("models/half_plus_two"))
    print(report.meta_graphs[0].info.signatures)

Importing this package loads neither TensorFlow, protobuf nor numpy.
"""

from __future__ import annotations

from tfsctl.inspect.example_request import ExampleRequest, example_request
from tfsctl.inspect.features import find_features
from tfsctl.inspect.report import (
    AssetFile,
    MetaGraphReport,
    SavedFunction,
    SavedModelReport,
    ServingReport,
    Variable,
    VariablesReport,
)
from tfsctl.inspect.saved_model_report import inspect_saved_model

__all__ = [
    "AssetFile",
    "ExampleRequest",
    "MetaGraphReport",
    "SavedFunction",
    "SavedModelReport",
    "ServingReport",
    "Variable",
    "VariablesReport",
    "example_request",
    "find_features",
    "inspect_saved_model",
]
