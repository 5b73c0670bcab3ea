"""The REST replies about models as values, read without protobuf (tensorflow-serving.md §1.10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfsctl.client.values import ModelMetadata, ModelSummary, VersionStatus
from tfsctl.data_type import DataType
from tfsctl.signature import Signature, TensorSpec

# The signature that initialises a TF2 model; it has no inputs, and its output is no tensor.
INIT_OP_SIGNATURE = "__saved_model_init_op"
_TYPES = {data_type.proto_name: data_type for data_type in DataType}
# How TensorFlow 1 names the type of a reference to a variable; what comes out is a value.
_REFERENCE = "_REF"


def parse_metadata(body: bytes) -> ModelMetadata:
    """The reply to `GET …/metadata`; raises ValueError if it is something else."""
    document = _object(json.loads(body))
    spec = _object(document["model_spec"])
    definitions = _object(_object(_object(document["metadata"])["signature_def"])["signature_def"])
    return ModelMetadata(
        name=str(spec["name"]),
        version=int(spec["version"]),
        signatures={
            name: _signature(name, _object(definition))
            for name, definition in sorted(definitions.items())
            if name != INIT_OP_SIGNATURE
        },
    )


def parse_status(body: bytes) -> tuple[VersionStatus, ...]:
    """The reply to `GET /v1/models/NAME`; raises ValueError if it is something else."""
    return _versions(_object(json.loads(body)))


def parse_models(body: bytes) -> tuple[ModelSummary, ...]:
    """The reply to `GET /v1/models`, which is tfsctl's own; raises ValueError if it is something else."""
    models = [_object(model) for model in _list(_object(json.loads(body))["models"])]
    return tuple(ModelSummary(str(model["name"]), _versions(model), _labels(model)) for model in models)


def _versions(document: Mapping[str, Any]) -> tuple[VersionStatus, ...]:
    entries = [_object(entry) for entry in _list(document["model_version_status"])]
    return tuple(
        VersionStatus(
            version=int(entry["version"]),
            state=str(entry["state"]),
            error_code=str(_object(entry.get("status", {})).get("error_code", "OK")),
            error_message=str(_object(entry.get("status", {})).get("error_message", "")),
        )
        for entry in entries
    )


def _labels(model: Mapping[str, Any]) -> dict[str, int]:
    return {label: int(version) for label, version in _sorted(model, "version_labels")}


def _signature(name: str, definition: Mapping[str, Any]) -> Signature:
    return Signature(
        name=name,
        inputs={alias: _tensor_spec(_object(info)) for alias, info in _sorted(definition, "inputs")},
        outputs={alias: _tensor_spec(_object(info)) for alias, info in _sorted(definition, "outputs")},
        method_name=str(definition.get("method_name", "")),
        defaults={alias: _tensor_bytes(tensor) for alias, tensor in _sorted(definition, "defaults")},
    )


def _sorted(definition: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    return sorted(_object(definition.get(key, {})).items())


def _tensor_spec(info: Mapping[str, Any]) -> TensorSpec:
    shape = _object(info.get("tensor_shape", {}))
    dims = [_object(dim) for dim in _list(shape.get("dim", []))]
    return TensorSpec(
        tensor_name=str(info.get("name", "")),
        dtype=_TYPES.get(str(info.get("dtype")).removesuffix(_REFERENCE), DataType.INVALID),
        shape=None if shape.get("unknown_rank") else tuple(int(dim["size"]) for dim in dims),
    )


def _tensor_bytes(tensor: Any) -> bytes:
    """A TensorProto in protobuf's JSON as serialized bytes. Rare, so that the messages are loaded only here."""
    from google.protobuf import json_format

    from tfsctl.protos import TensorProto

    message: Any = json_format.ParseDict(tensor, TensorProto(), ignore_unknown_fields=True)
    return bytes(message.SerializeToString(deterministic=True))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object, not {type(value).__name__}")  # noqa: TRY004 (one error for all misfits)
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"expected a list, not {type(value).__name__}")  # noqa: TRY004 (one error for all misfits)
    return value
