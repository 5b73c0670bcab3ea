"""What the methods of the gRPC services have in common: reading a request, and the model spec in it (§2.4)."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from tfsctl.codec.model_spec_wire import read_model_spec
from tfsctl.errors import InternalError, InvalidArgumentError
from tfsctl.model_spec import ModelSpec


def parse_message(message_class: Any, request: bytes) -> Any:
    """The message in the bytes of a request. Raises InternalError, as gRPC does, if they are no such message."""
    try:
        return message_class.FromString(request)
    except DecodeError as error:
        raise InternalError(f"Exception deserializing request! {error}") from error


def name_of(spec: ModelSpec | None) -> str:
    """The model's name for metrics: empty where the request has no spec."""
    return spec.name if spec is not None else ""


def given_spec(spec: ModelSpec | None) -> ModelSpec:
    """The spec, which has to be there: InvalidArgumentError if it is not."""
    if spec is None:
        raise InvalidArgumentError("Missing ModelSpec")
    return spec


def model_spec_of(message: Any) -> ModelSpec | None:
    """The `model_spec` of a request; None where it has none."""
    return read_model_spec(message.model_spec) if message.HasField("model_spec") else None


def used_spec(spec: ModelSpec, version: int) -> ModelSpec:
    """What an answer echoes: the version that was used, and no label (§2.4)."""
    return ModelSpec(spec.name, version=version, signature_name=spec.signature_name)
