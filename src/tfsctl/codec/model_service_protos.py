"""The messages of `tfsctl.ModelService`, a gRPC service of our own beside TensorFlow Serving's.

    package tfsctl;

    service ModelService {
      rpc ListModels(ListModelsRequest) returns (ListModelsResponse);
      rpc ChangeVersionLabels(ChangeVersionLabelsRequest) returns (ChangeVersionLabelsResponse);
    }
    message ListModelsRequest {}
    message ListedModel {
      string name = 1;
      repeated tensorflow.serving.ModelVersionStatus model_version_status = 2;  // newest first
      map<string, int64> version_labels = 3;
    }
    message ListModelsResponse { repeated ListedModel models = 1; }
    message ChangeVersionLabelsRequest {
      string model_name = 1;
      map<string, int64> assign = 2;  // labels to give, and the versions to give them to
      repeated string drop = 3;       // labels to take away
    }
    message ChangeVersionLabelsResponse { map<string, int64> version_labels = 1; }  // those of the model now

The descriptors are in protobuf's own pool, where server reflection finds them.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from tfsctl.codec.message_builder import INT64, STRING, Messages, Repeated, StringMap, file_descriptor
from tfsctl.protos import ModelVersionStatus

TFSCTL_MODEL_SERVICE = "tfsctl.ModelService"

_MESSAGES: Messages = {
    "ListModelsRequest": (),
    "ListedModel": (
        ("name", STRING),
        ("model_version_status", Repeated(ModelVersionStatus.DESCRIPTOR.full_name)),
        ("version_labels", StringMap(INT64)),
    ),
    "ListModelsResponse": (("models", Repeated("tfsctl.ListedModel")),),
    "ChangeVersionLabelsRequest": (
        ("model_name", STRING),
        ("assign", StringMap(INT64)),
        ("drop", Repeated(STRING)),
    ),
    "ChangeVersionLabelsResponse": (("version_labels", StringMap(INT64)),),
}
_METHODS = ("ListModels", "ChangeVersionLabels")


def _register() -> None:
    imports = (ModelVersionStatus.DESCRIPTOR.file.name,)
    file = file_descriptor("tfsctl/model_service.proto", "tfsctl", _MESSAGES, imports=imports)
    service = file.service.add(name="ModelService")
    for name in _METHODS:
        service.method.add(name=name, input_type=f".tfsctl.{name}Request", output_type=f".tfsctl.{name}Response")
    Default().AddSerializedFile(file.SerializeToString())


def _message_class(name: str) -> Any:
    return GetMessageClass(Default().FindMessageTypeByName(f"tfsctl.{name}"))


_register()
ListModelsRequest = _message_class("ListModelsRequest")
ListModelsResponse = _message_class("ListModelsResponse")
ChangeVersionLabelsRequest = _message_class("ChangeVersionLabelsRequest")
ChangeVersionLabelsResponse = _message_class("ChangeVersionLabelsResponse")
