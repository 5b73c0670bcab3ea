"""The one door to TensorFlow's and TF Serving's protobuf messages, without importing TensorFlow.

`tensorflow_serving.apis` imports `tensorflow.core.…_pb2`, and Python would first run `tensorflow/__init__`, which takes
seconds. While these modules load, an empty package stands in for `tensorflow`; afterwards it is taken away again, so
that a later real `import tensorflow` works and shares the very same message classes. All messages are loaded here
at once, so nothing can fall through to the real package later.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tfsctl.errors import FailedPreconditionError


@contextmanager
def stand_in_for_tensorflow() -> Iterator[None]:
    """Let `tensorflow.core.*` be imported without running `tensorflow/__init__`; one loaded already is used."""
    if "tensorflow" in sys.modules:
        yield
        return
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or spec.submodule_search_locations is None:
        raise FailedPreconditionError(
            "TensorFlow is not installed, and its message definitions with it.",
            hint="Run: pip install tensorflow",
        )
    stand_in = types.ModuleType("tensorflow")
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules["tensorflow"] = stand_in
    try:
        yield
    finally:
        if sys.modules.get("tensorflow") is stand_in:
            del sys.modules["tensorflow"]


def _module(name: str) -> Any:
    return importlib.import_module(name)


with stand_in_for_tensorflow():
    _apis = "tensorflow_serving.apis."
    _model = _module(_apis + "model_pb2")
    _predict = _module(_apis + "predict_pb2")
    _input = _module(_apis + "input_pb2")
    _classification = _module(_apis + "classification_pb2")
    _regression = _module(_apis + "regression_pb2")
    _inference = _module(_apis + "inference_pb2")
    _metadata = _module(_apis + "get_model_metadata_pb2")
    _status = _module(_apis + "get_model_status_pb2")
    _management = _module(_apis + "model_management_pb2")
    _prediction_log = _module(_apis + "prediction_log_pb2")
    _prediction_service = _module(_apis + "prediction_service_pb2")
    _model_service = _module(_apis + "model_service_pb2")
    _server_config = _module("tensorflow_serving.config.model_server_config_pb2")
    _source_config = _module("tensorflow_serving.config.file_system_storage_path_source_pb2")
    _op_def = _module("tensorflow.core.framework.op_def_pb2")
    _tensor = _module("tensorflow.core.framework.tensor_pb2")
    _tensor_shape = _module("tensorflow.core.framework.tensor_shape_pb2")
    _example = _module("tensorflow.core.example.example_pb2")
    _feature = _module("tensorflow.core.example.feature_pb2")
    _meta_graph = _module("tensorflow.core.protobuf.meta_graph_pb2")
    _saved_model = _module("tensorflow.core.protobuf.saved_model_pb2")
    _config = _module("tensorflow.core.protobuf.config_pb2")

ModelSpecProto = _model.ModelSpec
PredictRequest = _predict.PredictRequest
PredictResponse = _predict.PredictResponse
Input = _input.Input
ClassificationRequest = _classification.ClassificationRequest
ClassificationResponse = _classification.ClassificationResponse
RegressionRequest = _regression.RegressionRequest
RegressionResponse = _regression.RegressionResponse
MultiInferenceRequest = _inference.MultiInferenceRequest
MultiInferenceResponse = _inference.MultiInferenceResponse
GetModelMetadataRequest = _metadata.GetModelMetadataRequest
GetModelMetadataResponse = _metadata.GetModelMetadataResponse
SignatureDefMap = _metadata.SignatureDefMap
GetModelStatusRequest = _status.GetModelStatusRequest
GetModelStatusResponse = _status.GetModelStatusResponse
ModelVersionStatus = _status.ModelVersionStatus
ReloadConfigRequest = _management.ReloadConfigRequest
ReloadConfigResponse = _management.ReloadConfigResponse
PredictionLog = _prediction_log.PredictionLog
ModelServerConfig = _server_config.ModelServerConfig
FileSystemStoragePathSourceConfig = _source_config.FileSystemStoragePathSourceConfig
OpDef = _op_def.OpDef
TensorProto = _tensor.TensorProto
TensorShapeProto = _tensor_shape.TensorShapeProto
Example = _example.Example
Features = _feature.Features
MetaGraphDef = _meta_graph.MetaGraphDef
SignatureDef = _meta_graph.SignatureDef
TensorInfo = _meta_graph.TensorInfo
SavedModel = _saved_model.SavedModel
ConfigProto = _config.ConfigProto
RunOptions = _config.RunOptions

PREDICTION_SERVICE = "tensorflow.serving.PredictionService"
MODEL_SERVICE = "tensorflow.serving.ModelService"
