"""Messages with which a server is asked for its models and told others (tensorflow-serving.md §2.6, §3.6, §3.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfsctl.client.grpc_messages import version_statuses
from tfsctl.client.values import ModelSummary
from tfsctl.codec.model_service_protos import (
    TFSCTL_MODEL_SERVICE,
    ChangeVersionLabelsRequest,
    ChangeVersionLabelsResponse,
    ListModelsResponse,
)
from tfsctl.errors import error_for
from tfsctl.protos import MODEL_SERVICE, ReloadConfigRequest, ReloadConfigResponse

RELOAD = f"{MODEL_SERVICE}/HandleReloadConfigRequest"
LIST_MODELS = f"{TFSCTL_MODEL_SERVICE}/ListModels"
CHANGE_LABELS = f"{TFSCTL_MODEL_SERVICE}/ChangeVersionLabels"


def parse_models(reply: bytes) -> tuple[ModelSummary, ...]:
    """The models in a serialized ListModelsResponse; raises protobuf's DecodeError if it is none."""
    return tuple(
        ModelSummary(
            model.name, version_statuses(model.model_version_status), dict(sorted(model.version_labels.items()))
        )
        for model in ListModelsResponse.FromString(reply).models
    )


def reload_request(config: Any, metric_names: Sequence[str]) -> bytes:
    """A serialized ReloadConfigRequest for a ModelServerConfig or its text; raises UsageError for other text."""
    if isinstance(config, str):
        from tfsctl.client.model_config_text import parse_model_config

        config = parse_model_config(config, source="the configuration")
    return bytes(ReloadConfigRequest(config=config, metric_names=metric_names).SerializeToString())


def parse_reload(reply: bytes) -> dict[str, int]:
    """The increases of metrics in a serialized ReloadConfigResponse; raises protobuf's DecodeError if it is none.

    Raises a TfsctlError where the answer itself says that the reload failed, which gRPC leaves no server to do.
    """
    response = ReloadConfigResponse.FromString(reply)
    if response.status.error_code:
        raise error_for(response.status.error_code, response.status.error_message)
    return {metric.name: metric.int64_value_increase for metric in response.metric}


def labels_request(model: str, assign: Mapping[str, int], drop: Sequence[str]) -> bytes:
    """A serialized ChangeVersionLabelsRequest."""
    request = ChangeVersionLabelsRequest(model_name=model, assign=assign, drop=drop)
    return bytes(request.SerializeToString())


def parse_labels(reply: bytes) -> dict[str, int]:
    """The labels in a serialized ChangeVersionLabelsResponse; raises protobuf's DecodeError if it is none."""
    return dict(sorted(ChangeVersionLabelsResponse.FromString(reply).version_labels.items()))
