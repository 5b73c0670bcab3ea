"""A model's signatures as JSON (tensorflow-serving.md §1.10)."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf import json_format

from tfsctl.protos import ModelSpecProto
from tfsctl.saved_model import SavedModelInfo
from tfsctl.serving.models.model_metadata import signature_def_map
from tfsctl.serving.models.servable import Servable
from tfsctl.serving.rest.printing import escape_like_protobuf

_MAX_KEPT = 64


class MetadataEncoder:
    """Prints metadata and keeps it: printing a large model takes long, and it never changes. Thread-safe.

    What is kept refers to what the SavedModel says of itself, not to the servable, so it does not keep a model loaded.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[SavedModelInfo, bytes]] = {}

    def encode(self, servable: Servable) -> bytes:
        """The answer to a metadata request: three pieces glued by hand, as TF Serving does."""
        key = (servable.id.name, servable.id.version)
        info = servable.model.info
        kept = self._kept.get(key)
        if kept is not None and kept[0] is info:
            return kept[1]
        encoded = _encode(servable)
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[key] = (info, encoded)
        return encoded


def _encode(servable: Servable) -> bytes:
    spec = ModelSpecProto(name=servable.id.name)
    spec.version.value = servable.id.version
    signatures = _print(signature_def_map(servable))
    document = f'{{\n"model_spec":{_print(spec)},\n"metadata": {{"signature_def": {signatures}}}\n}}\n'
    return escape_like_protobuf(document)


def _print(message: Any) -> str:
    value = json_format.MessageToDict(
        message, always_print_fields_with_no_presence=True, preserving_proto_field_name=True
    )
    return json.dumps(_in_order(message.DESCRIPTOR, value), indent=1, ensure_ascii=False) + "\n"


def _in_order(descriptor: Any, value: dict[str, Any]) -> dict[str, Any]:
    """The fields of a message by their numbers. Python puts those that are not set behind the others."""
    fields = descriptor.fields_by_name
    return {name: _field_in_order(fields[name], value[name]) for name in sorted(value, key=lambda n: fields[n].number)}


def _field_in_order(field: Any, value: Any) -> Any:
    message = field.message_type
    if message is None:
        return value
    if message.GetOptions().map_entry:
        values = message.fields_by_name["value"]
        return {key: _field_in_order(values, member) for key, member in value.items()}
    if isinstance(value, list):
        return [_in_order(message, member) for member in value]
    return _in_order(message, value) if isinstance(value, dict) else value
