"""A model's signatures as JSON (tensorflow-serving.md §1.10)."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format

from tfsctl.protos import ModelSpecProto
from tfsctl.saved_model import SavedModelInfo
from tfsctl.serving.model_metadata import signature_def_map
from tfsctl.serving.rest_printing import escape_like_protobuf
from tfsctl.serving.servable import Servable

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
    text: str = json_format.MessageToJson(
        message,
        always_print_fields_with_no_presence=True,
        preserving_proto_field_name=True,
        indent=1,
        ensure_ascii=False,
    )
    return text + "\n"
