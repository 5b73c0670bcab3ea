"""`tensorflow.serving.ModelService`: what is loaded, and another list of models (tensorflow-serving.md §2.6)."""

from __future__ import annotations

from collections.abc import Mapping

from tfsctl.protos import MODEL_SERVICE, GetModelStatusRequest, ReloadConfigRequest
from tfsctl.serving.grpc.messages import given_spec, model_spec_of, parse_message
from tfsctl.serving.grpc.reload_request import reload_config
from tfsctl.serving.grpc.services import UnaryMethod
from tfsctl.serving.metrics.server_metrics import Metrics
from tfsctl.serving.models.model_status import status_message
from tfsctl.serving.server_core import ServerCore


class ModelService:
    """`tensorflow.serving.ModelService`."""

    name: str = MODEL_SERVICE

    def __init__(self, core: ServerCore, *, metrics: Metrics | None = None) -> None:
        self._core = core
        self._metrics = metrics if metrics is not None else Metrics()

    def methods(self) -> Mapping[str, UnaryMethod]:
        """The methods served: all there are."""
        return {
            "GetModelStatus": self.get_model_status,
            "HandleReloadConfigRequest": self.handle_reload_config_request,
        }

    def handle_reload_config_request(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """ReloadConfigRequest to ReloadConfigResponse, once the new models are available (§2.6, §3.6)."""
        message = parse_message(ReloadConfigRequest, request)
        response = reload_config(message, self._core, metrics=self._metrics, timeout_seconds=timeout_seconds)
        serialized: bytes = response.SerializeToString()
        return serialized

    def get_model_status(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """GetModelStatusRequest to GetModelStatusResponse; a label is ignored, as TF Serving does (§2.6)."""
        del timeout_seconds  # Nothing runs here.
        spec = given_spec(model_spec_of(parse_message(GetModelStatusRequest, request)))
        serialized: bytes = status_message(self._core.version_states(spec)).SerializeToString()
        return serialized
