"""A model's signatures as TF Serving's metadata messages (tensorflow-serving.md §2.6)."""

from __future__ import annotations

from typing import Any

from tfsctl.protos import GetModelMetadataResponse, SignatureDefMap
from tfsctl.serving.models.servable import Servable

SIGNATURE_DEF_FIELD = "signature_def"


def signature_def_map(servable: Servable) -> Any:
    """A SignatureDefMap with every signature that stands in the SavedModel, defaults of inputs included."""
    signatures = SignatureDefMap()
    for name, signature_def in servable.model.info.signature_defs.items():
        signatures.signature_def[name].CopyFrom(signature_def)
    return signatures


def metadata_message(servable: Servable) -> Any:
    """A GetModelMetadataResponse: name and version (never a signature name), and the SignatureDefMap as an Any."""
    response = GetModelMetadataResponse()
    response.model_spec.name = servable.id.name
    response.model_spec.version.value = servable.id.version
    response.metadata[SIGNATURE_DEF_FIELD].Pack(signature_def_map(servable))
    return response
