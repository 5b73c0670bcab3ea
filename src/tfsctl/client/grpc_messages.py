"""TF Serving's gRPC messages from and to plain values (tensorflow-serving.md §2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import DecodeError

from tfsctl.client.metadata_json import INIT_OP_SIGNATURE
from tfsctl.client.values import ModelMetadata, Prediction, VersionStatus
from tfsctl.errors import Code, InternalError
from tfsctl.model_spec import ModelSpec
from tfsctl.protos import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelVersionStatus,
    PredictResponse,
    SignatureDefMap,
)
from tfsctl.saved_model import to_signature

if TYPE_CHECKING:
    from tfsctl.client.address import ServerAddress

_T = TypeVar("_T")
_SIGNATURE_DEF = "signature_def"


def parsed(address: ServerAddress, parse: Callable[[bytes], _T], reply: bytes) -> _T:
    """What `parse` makes of a reply; raises InternalError where it cannot."""
    try:
        return parse(reply)
    except (DecodeError, ValueError) as error:
        raise InternalError(f"{address} sent a message that cannot be read: {error}.") from error


def parse_prediction(reply: bytes) -> Prediction:
    """The Prediction in a serialized PredictResponse; raises protobuf's DecodeError if it is none."""
    from tfsctl.codec.tensor_proto import decode_tensor

    response = PredictResponse.FromString(reply)
    spec = response.model_spec
    version = spec.version.value if spec.HasField("version") else None
    outputs = {alias: decode_tensor(tensor) for alias, tensor in response.outputs.items()}
    return Prediction(outputs, ModelSpec(spec.name, version=version, signature_name=spec.signature_name))


def metadata_request(spec: ModelSpec) -> bytes:
    """A serialized GetModelMetadataRequest for the signatures."""
    request = GetModelMetadataRequest(metadata_field=[_SIGNATURE_DEF])
    set_spec(request.model_spec, spec)
    return bytes(request.SerializeToString())


def parse_metadata(reply: bytes) -> ModelMetadata:
    """The ModelMetadata in a serialized GetModelMetadataResponse; raises protobuf's DecodeError if it is none."""
    response = GetModelMetadataResponse.FromString(reply)
    definitions = SignatureDefMap.FromString(response.metadata[_SIGNATURE_DEF].value).signature_def
    return ModelMetadata(
        name=response.model_spec.name,
        version=response.model_spec.version.value,
        signatures={
            name: to_signature(name, definition)
            for name, definition in sorted(definitions.items())
            if name != INIT_OP_SIGNATURE
        },
    )


def status_request(spec: ModelSpec) -> bytes:
    """A serialized GetModelStatusRequest."""
    request = GetModelStatusRequest()
    set_spec(request.model_spec, spec)
    return bytes(request.SerializeToString())


def parse_status(reply: bytes) -> tuple[VersionStatus, ...]:
    """The states in a serialized GetModelStatusResponse; raises protobuf's DecodeError if it is none."""
    return version_statuses(GetModelStatusResponse.FromString(reply).model_version_status)


def version_statuses(entries: Iterable[Any]) -> tuple[VersionStatus, ...]:
    """ModelVersionStatus messages as plain values."""
    return tuple(
        VersionStatus(
            version=entry.version,
            state=ModelVersionStatus.State.Name(entry.state),
            error_code=Code(entry.status.error_code).name,
            error_message=entry.status.error_message,
        )
        for entry in entries
    )


def set_spec(message: Any, spec: ModelSpec) -> None:
    """Say in a ModelSpec message which model is meant; which signature stands in predict requests alone."""
    message.name = spec.name
    if spec.version is not None:
        message.version.value = spec.version
    elif spec.version_label is not None:
        message.version_label = spec.version_label
