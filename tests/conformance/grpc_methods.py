"""The unary methods of TF Serving's services with their messages."""

from __future__ import annotations

from typing import Any

from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from tfsctl import protos

_PREDICTION = "/tensorflow.serving.PredictionService/"
_MODEL = "/tensorflow.serving.ModelService/"

# Full name, request, response.
METHODS: dict[str, tuple[str, Any, Any]] = {
    "Predict": (_PREDICTION + "Predict", protos.PredictRequest, protos.PredictResponse),
    "Classify": (_PREDICTION + "Classify", protos.ClassificationRequest, protos.ClassificationResponse),
    "Regress": (_PREDICTION + "Regress", protos.RegressionRequest, protos.RegressionResponse),
    "MultiInference": (_PREDICTION + "MultiInference", protos.MultiInferenceRequest, protos.MultiInferenceResponse),
    "GetModelMetadata": (
        _PREDICTION + "GetModelMetadata",
        protos.GetModelMetadataRequest,
        protos.GetModelMetadataResponse,
    ),
    "GetModelStatus": (_MODEL + "GetModelStatus", protos.GetModelStatusRequest, protos.GetModelStatusResponse),
    "HandleReloadConfigRequest": (
        _MODEL + "HandleReloadConfigRequest",
        protos.ReloadConfigRequest,
        protos.ReloadConfigResponse,
    ),
    "Check": ("/grpc.health.v1.Health/Check", HealthCheckRequest, HealthCheckResponse),
}
