"""What a server of ours says and does over gRPC beyond TensorFlow Serving: list its models, change version labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import DecodeError

from tfsctl.codec.model_service_protos import (
    TFSCTL_MODEL_SERVICE,
    ChangeVersionLabelsRequest,
    ChangeVersionLabelsResponse,
    ListModelsResponse,
)
from tfsctl.errors import InternalError, InvalidArgumentError, NotFoundError
from tfsctl.model_spec import ModelSpec
from tfsctl.serving.grpc.services import UnaryMethod
from tfsctl.serving.models.model_status import status_message
from tfsctl.serving.server_core import ServerCore


class TfsctlModelService:
    """`tfsctl.ModelService`, whose messages `tfsctl.codec.model_service_protos` describes."""

    name: str = TFSCTL_MODEL_SERVICE

    def __init__(self, core: ServerCore) -> None:
        self._core = core

    def methods(self) -> Mapping[str, UnaryMethod]:
        """The methods served: all there are."""
        return {"ListModels": self.list_models, "ChangeVersionLabels": self.change_version_labels}

    def list_models(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """The names, versions and labels of the models: what `GET /v1/models` says."""
        del request, timeout_seconds  # There is nothing in it, and nothing to wait for.
        response = ListModelsResponse()
        for config in self._core.models():
            model = response.models.add(name=config.name, version_labels=config.version_labels)
            model.model_version_status.extend(self._statuses(config.name))
        return bytes(response.SerializeToString())

    def change_version_labels(self, request: bytes, *, timeout_seconds: float | None = None) -> bytes:
        """Labels given and taken away in one step; the rest of the configuration stays. Errors as in the core."""
        del timeout_seconds  # Nothing runs here.
        message = _parse(ChangeVersionLabelsRequest, request)
        assign = dict(message.assign)
        if "" in assign:
            raise InvalidArgumentError("A version label is empty.")
        if any(version < 0 for version in assign.values()):
            raise InvalidArgumentError("A version is not negative.")
        labels = self._core.change_version_labels(message.model_name, assign, drop=message.drop)
        return bytes(ChangeVersionLabelsResponse(version_labels=labels).SerializeToString())

    def _statuses(self, name: str) -> list[Any]:
        try:
            return list(status_message(self._core.version_states(ModelSpec(name))).model_version_status)
        except NotFoundError:
            return []  # No version was found yet.


def _parse(message_class: Any, request: bytes) -> Any:
    try:
        return message_class.FromString(request)
    except DecodeError as error:
        raise InternalError(f"Exception deserializing request! {error}") from error
